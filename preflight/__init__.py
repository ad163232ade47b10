"""Looks at an account before ``cdk deploy``: would this deployment, with these settings, succeed there?

Everything here reads, with the caller's own credentials, and asks only what ``docs/preflight-policy.json`` lists. Each
look is a module of `preflight.looks`; what it finds is a `review.finding.Finding`. `preflight.retention` is apart: it
is ``make retention``, which changes one setting of a Project, and only when it is told to.
"""
