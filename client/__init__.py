"""What a caller has on their own machine: bearer tokens, and a relay that makes one, or signs, for each request.

It needs botocore alone, and nothing of the rest of Cloister: ``make build`` makes a wheel of this folder, with the
commands ``cloister-token`` and ``cloister-relay``.
"""
