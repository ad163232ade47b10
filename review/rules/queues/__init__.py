"""Rules about: queues."""
