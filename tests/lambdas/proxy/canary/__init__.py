"""Unique strings through every place of a request, looked for in everything that the function writes."""
