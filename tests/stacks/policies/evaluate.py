"""What IAM would make of a request: as much of its evaluation as the policies here use, and an error for the rest.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
    assert "NotAction" not in statement
    assert "NotResource" not in statement
    return (
        any(_like(request.action, pattern, fold=True) for pattern in _listed(statement["Action"]))
        and any(_like(request.resource, pattern) for pattern in _listed(statement["Resource"]))
        and all(
            _holds(operator, key, _listed(values), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str | list[str]]) -> bool:
    found = context.get(key)
    if operator == "Null":
        return (found is None) == (wanted == ["true"])
    set_operator, _, plain = operator.rpartition(":")
    optional = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    negated = "Not" in plain
    if found is None:
        # A key that is missing meets `…IfExists` and every negated comparison, and no other.
        return optional or (negated and not set_operator)
    compare = _COMPARISONS[plain.replace("Not", "")]
    values = _listed(found)
    assert len(values) == 1 or set_operator == "ForAnyValue", f"{operator} on several values of {key}"
    matched = any(compare(value, pattern) for value in values for pattern in wanted)
    return matched != negated


def _like(value: str, pattern: str, *, fold: bool = False) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(expression, value, re.IGNORECASE | re.DOTALL if fold else re.DOTALL) is not None


def _listed(value: Json) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _equal(value: str, pattern: str) -> bool:
    return value == pattern


def _bool(value: str, pattern: str) -> bool:
    return value.lower() == pattern.lower()


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringLike": _like,
    "ArnEquals": _like,  # ArnEquals and ArnLike are the same
    "ArnLike": _like,
    "Bool": _bool,
}
