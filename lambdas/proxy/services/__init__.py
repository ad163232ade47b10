"""The AWS services that the function calls: signed, retried within a deadline, and read."""
