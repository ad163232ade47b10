"""Rules about: records."""
