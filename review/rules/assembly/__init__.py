"""Rules about: assembly."""
