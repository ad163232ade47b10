"""The rules, one a file, and the catalogue of all of them.

A claim (`review.proof.claims`) is about every request; a rule is about one resource at a time. What a claim says, no
rule says again.
"""
