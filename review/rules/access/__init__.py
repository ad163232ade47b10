"""Rules about: access."""
