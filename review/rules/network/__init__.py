"""Rules about: network."""
