"""Rules about: names."""
