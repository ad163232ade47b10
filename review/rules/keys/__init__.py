"""Rules about: keys."""
