"""The review's results as files: JSON, SARIF, and a table. The same input gives the same bytes."""
