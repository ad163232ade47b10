"""Rules about: delivery."""
