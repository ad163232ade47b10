"""Rules about: notices."""
