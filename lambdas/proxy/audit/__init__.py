"""What is written down about a request: numbers and words from closed lists, never its text."""
