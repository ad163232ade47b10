"""Whether a statement is about a request."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from review.iam.arn import resource_matches
from review.iam.conditions import met
from review.iam.document import Document, Effect, Listed, Statement
from review.iam.pattern import Pattern, TooLargeError, includes, overlap
from review.iam.principal import Reach, denied_by_exception, named
from review.iam.request import Request
from review.iam.truth import Doubt, Truth, agreed, every, negation, some
from review.iam.variables import expand, has_variables


class Use(Enum):
    """What a document is attached as. Each kind has elements that it takes and does not take."""

    IDENTITY = "an identity policy"
    BOUNDARY = "a permissions boundary"
    SESSION = "a session policy"
    SCP = "a service control policy"
    RCP = "a resource control policy"
    RESOURCE = "a resource policy"
    TRUST = "a role's trust policy"
    ENDPOINT = "an endpoint policy"

    @property
    def names_principals(self) -> bool:
        """Whether each statement has a Principal."""
        return self in (Use.RCP, Use.RESOURCE, Use.TRUST, Use.ENDPOINT)


def applying(
    documents: Iterable[Document], effect: Effect, request: Request, use: Use, *, reach: Reach, bounded: bool
) -> list[tuple[Statement, Truth]]:
    """Return the statements of an effect that are, or may be, about a request.

    Parameters
    ----------
    documents
        All that is attached as `use`.
    effect
        `Allow` or `Deny`.
    request
        The request.
    reach
        The least direct way of naming the principal that counts.
    bounded
        Whether the principal has a permissions boundary.
    """
    found: list[tuple[Statement, Truth]] = []
    for document in documents:
        for statement in document.statements:
            if statement.effect == effect:
                truth = about(statement, request, use, reach=reach, bounded=bounded)
                if truth is not False:
                    found.append((statement, truth))
    return found


def about(statement: Statement, request: Request, use: Use, *, reach: Reach, bounded: bool) -> Truth:
    """Whether a statement is about a request."""
    return every(
        [
            _action(statement, request),
            _principal(statement, request, use, reach, bounded),
            _resource(statement, request, use),
            *(
                _because(statement, met(test, request.context, variables=statement.variables))
                for test in statement.condition
            ),
            *(Doubt(f"{statement.place}: {flaw}") for flaw in statement.flaws),
        ]
    )


def _because(statement: Statement, truth: Truth) -> Truth:
    return Doubt(f"{statement.place}: {truth.reason}") if isinstance(truth, Doubt) else truth


def action_listed(listed: Listed, action: str) -> bool:
    """Whether an Action or NotAction element is about an action. Actions are compared without case.

    Example
    -------
    >>> action_listed(Listed(("s3:Get*",), negated=True), "s3:PutObject")
    True
    """
    return _among(listed.values, action) != listed.negated


@lru_cache(maxsize=1 << 16)
def _among(values: tuple[str, ...], action: str) -> bool:
    return any(Pattern.of(value.lower()).matches(action.lower()) for value in values)


def _action(statement: Statement, request: Request) -> Truth:
    return statement.action is not None and action_listed(statement.action, request.action)


def _principal(statement: Statement, request: Request, use: Use, reach: Reach, bounded: bool) -> Truth:
    principals = statement.principals
    if not use.names_principals:
        return True if principals is None else Doubt(f"{statement.place} names principals, which {use.value} does not")
    if principals is None:
        return Doubt(f"{statement.place} names no principals, which {use.value} has to")
    if statement.effect == "Deny" and principals.negated:
        return denied_by_exception(principals, request.principal, bounded)
    return named(principals, request.principal, Reach.ACCOUNT if statement.effect == "Deny" else reach)


def _resource(statement: Statement, request: Request, use: Use) -> Truth:
    listed = statement.resource
    if listed is None:
        # A role's trust policy is about the role, and has no Resource.
        if use is Use.TRUST:
            return True
        return Doubt(f"{statement.place} names no resources, which {use.value} has to")
    return _because(statement, resource_listed(listed, request, variables=statement.variables))


def resource_listed(listed: Listed, request: Request, *, variables: bool = True) -> Truth:
    """Whether a Resource or NotResource element is about a request's resource."""
    found: list[Truth] = []
    for value in listed.values:
        if not variables or not has_variables(value):
            found.append(_covers(Pattern.of(value), request))
            continue
        expanded = expand(value, request.context, wildcards=True)
        if isinstance(expanded, Doubt):
            found.append(expanded)
        elif None in expanded and listed.negated:
            found.append(Doubt(f"NotResource {value!r} has a variable without a value"))
        else:
            # A resource with a variable that has no value is no resource.
            ways = [False if pattern is None else _covers(pattern, request) for pattern in expanded]
            found.append(agreed(ways, f"what the variable in {value!r} holds"))
    return negation(some(found)) if listed.negated else some(found)


def _covers(pattern: Pattern, request: Request) -> Truth:
    resource = request.resource
    known = request.known_action
    if resource == "*" and (known is None or not known.resources):
        # An action that is about no resource asks for `*` itself, which a pattern of ARNs is not.
        return pattern.matches("*")
    if "*" not in resource and "?" not in resource:
        return resource_matches(pattern, resource)
    asked = Pattern.of(resource)
    if isinstance(malformed := resource_matches(pattern, resource), Doubt):
        return malformed
    try:
        if includes([pattern], [asked]):
            return True
        if not overlap([pattern], [asked]):
            return False
    except TooLargeError as large:
        return Doubt(str(large))
    return Doubt(f"the request is for all of {resource!r}, of which {pattern.text!r} is a part")
