"""Rules about: api."""
