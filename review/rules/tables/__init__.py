"""Rules about: tables."""
