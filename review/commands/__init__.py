"""The commands of `python -m review`, one a module: `add` declares it, `run` runs it."""
