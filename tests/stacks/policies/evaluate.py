"""What the review's evaluator makes of single statements, by their Sids: for tests of what a document is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from review.iam import Principal, read
from review.iam import Request as IamRequest
from review.iam.matching import Use, about
from review.iam.principal import Reach
from review.iam.truth import Doubt

Json = Any


@dataclass(frozen=True)
class Request:
    """One request, as IAM sees it.

    Attributes
    ----------
    action, resource
        What is asked for.
    context
        Condition keys that the request carries; a list for a key of several values.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, str | list[str]] = field(default_factory=dict)

    def by(self, principal: str) -> "Request":
        """Return the request as another principal makes it."""
        return Request(self.action, self.resource, {**self.context, "aws:PrincipalArn": principal})


def denials(statements: Iterable[Json], request: Request) -> list[str]:
    """Return the Sids of the statements that deny a request."""
    return [s["Sid"] for s in statements if s["Effect"] == "Deny" and _applies(s, request)]


def allowed(statements: Iterable[Json], request: Request) -> bool:
    """Return whether statements allow a request: one does, and none denies."""
    known = list(statements)
    return any(s["Effect"] == "Allow" and _applies(s, request) for s in known) and not denials(known, request)


def _applies(statement: Json, request: Request) -> bool:
    (read_one,) = read({"Version": "2012-10-17", "Statement": statement}, "document").statements
    given = {key: tuple(v) if isinstance(v, list) else (v,) for key, v in request.context.items()}
    # Every key is the test's to give: of an anonymous caller none is derived.
    asked = IamRequest(Principal.parse("anonymous"), request.action, request.resource, given)
    use = Use.IDENTITY if read_one.principals is None else Use.RESOURCE
    found = about(read_one, asked, use, reach=Reach.ACCOUNT, bounded=False)
    if isinstance(found, Doubt):
        raise AssertionError(found.reason)
    return found
