"""Policy documents as IAM's grammar has them: what is not of the grammar is a doubt, never left out.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
Effect = Literal["Allow", "Deny"]

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_VERSIONS = ("2012-10-17", "2008-10-17")


class PolicyError(ValueError):
    """A text is no policy document at all. The message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An element that says what is meant, or with `Not` in its name what is not.

    Attributes
    ----------
    values
        As written.
    negated
        Whether the statement is about everything but these.
    """

    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement is about, by kind (`AWS`, `Service`, `Federated`, `CanonicalUser`); `*` alone is all kinds."""

    kinds: Mapping[str, tuple[str, ...]]
    negated: bool = False

    @property
    def everybody(self) -> bool:
        """Whether `*` is among them, which is everybody and anonymous callers too."""
        return "*" in self.kinds.get("*", ()) or "*" in self.kinds.get("AWS", ())


@dataclass(frozen=True, slots=True)
class Test:
    """One line of a condition: an operator, a key, and the values that it is compared with."""

    __test__ = False  # pytest: no test of this project

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes
    ----------
    place
        Where it stands, for messages: the document's name, and its Sid or its number.
    flaws
        What of it is not of IAM's grammar. A statement with flaws is never taken to match or not to match.
    variables
        Whether `${…}` in it is a policy variable, as it is in documents of version 2012-10-17.
    """

    place: str
    effect: Effect
    action: Listed | None
    resource: Listed | None
    principals: Principals | None
    condition: tuple[Test, ...]
    variables: bool = True
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document: its statements, and the document as it is written."""

    name: str
    statements: tuple[Statement, ...] = ()
    written: Json = field(default=None, compare=False, repr=False)


def read(policy: Json, name: str) -> Document:
    """Read a policy document.

    Parameters
    ----------
    policy
        The document: an object, or JSON text of one.
    name
        What messages call it.

    Raises
    ------
    PolicyError
        If it is no object with statements.

    Example
    -------
    >>> document = read({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "all")
    >>> document.statements[0].action
    Listed(values=('*',), negated=False)
    """
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            raise PolicyError(f"{name} is text that is no JSON") from None
    if not isinstance(policy, Mapping) or "Statement" not in policy:
        raise PolicyError(f"{name} is no policy document: it has no Statement")
    flaws = [f"the document has an element {key!r}" for key in sorted(policy.keys() - {"Version", "Id", "Statement"})]
    version = policy.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        flaws.append(f"the document's Version is {version!r}")
    written = policy["Statement"]
    statements = written if isinstance(written, list) else [written]
    return Document(
        name,
        tuple(_statement(s, f"{name}, statement {n}", version, flaws) for n, s in enumerate(statements, 1)),
        policy,
    )


def _statement(statement: Json, place: str, version: str, known: list[str]) -> Statement:
    if not isinstance(statement, Mapping):
        raise PolicyError(f"{place} is no object")
    flaws = [*known, *(f"it has an element {key!r}" for key in sorted(statement.keys() - _ELEMENTS))]
    if statement.get("Sid"):
        place = f"{place} ({statement['Sid']})"
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"{place} has the Effect {effect!r}: Allow or Deny is right")
    action = _pair(statement, "Action", flaws)
    if action is None:
        flaws.append("it has no Action")
    else:
        flaws += [
            f"the action {value!r} has no service: SERVICE:ACTION is right"
            for value in action.values
            if ":" not in value and value.strip("*") != ""
        ]
    return Statement(
        place=place,
        effect=effect,
        action=action,
        resource=_pair(statement, "Resource", flaws),
        principals=_principals(statement, flaws),
        condition=_condition(statement.get("Condition"), flaws),
        variables=version == "2012-10-17",
        flaws=tuple(flaws),
    )


def _pair(statement: Mapping[str, Json], name: str, flaws: list[str]) -> Listed | None:
    both = [word for word in (name, f"Not{name}") if word in statement]
    if len(both) == 2:
        flaws.append(f"it has both {name} and Not{name}")
    if not both:
        return None
    values = _texts(statement[both[0]], both[0], flaws)
    if not values:
        flaws.append(f"its {both[0]} is empty")
    return Listed(values, negated=both[0] != name)


def _principals(statement: Mapping[str, Json], flaws: list[str]) -> Principals | None:
    both = [word for word in ("Principal", "NotPrincipal") if word in statement]
    if len(both) == 2:
        flaws.append("it has both Principal and NotPrincipal")
    if not both:
        return None
    written = statement[both[0]]
    kinds: dict[str, tuple[str, ...]] = {}
    if isinstance(written, Mapping):
        for kind, values in written.items():
            if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
                flaws.append(f"its {both[0]} has a kind {kind!r}")
            kinds[str(kind)] = _texts(values, both[0], flaws)
    elif written == "*":
        kinds["*"] = ("*",)
    else:
        # The grammar has an object here; services take a bare ARN or account for one of the kind AWS.
        kinds["AWS"] = _texts(written, both[0], flaws)
    if not any(kinds.values()):
        flaws.append(f"its {both[0]} is empty")
    return Principals(kinds, negated=both[0] == "NotPrincipal")


def _condition(written: Json, flaws: list[str]) -> tuple[Test, ...]:
    if written is None:
        return ()
    if not isinstance(written, Mapping):
        flaws.append("its Condition is no object")
        return ()
    found: list[Test] = []
    for operator, keys in written.items():
        if not isinstance(keys, Mapping):
            flaws.append(f"the operator {operator!r} has no keys")
            continue
        for key, values in keys.items():
            texts = _texts(values, f"{operator} {key}", flaws)
            if not texts:
                flaws.append(f"{operator} of {key} has no values")
            found.append(Test(str(operator), str(key), texts))
    return tuple(found)


def _texts(value: Json, what: str, flaws: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, bool):
            found.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            found.append(str(item))
        else:
            flaws.append(f"{what} has a value that is no text: {json.dumps(item, default=str)[:60]}")
    return tuple(found)
