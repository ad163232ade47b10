"""Rules about: function."""
