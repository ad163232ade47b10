"""Proofs about every request: that no request, or every request, is let through, with a request that shows otherwise.

IAM's wildcard patterns are a regular language, and each line of a condition is about one key alone; so a question
about policies is a choice of lines, each of which is decided exactly, and no question is answered `unknown`.
"""
