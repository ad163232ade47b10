"""IAM's policy language: documents, what they say of a request, and what is decided of it.

It decides for sure or says what is in doubt; it never guesses.
"""

from review.iam.case import CaseError, read_case
from review.iam.decision import Decision, Policies, Verdict, decide
from review.iam.document import Document, PolicyError, Statement, read
from review.iam.principal import Principal
from review.iam.request import Request

__all__ = [
    "CaseError",
    "Decision",
    "Document",
    "Policies",
    "PolicyError",
    "Principal",
    "Request",
    "Statement",
    "Verdict",
    "decide",
    "read",
    "read_case",
]
