"""The resources that mechanical mutants are made of, and ways to places within one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mutant import AUDIT, GUARDRAILS, NETWORK, SIGNED, TOKEN, Change, Touched

Json = Any
Path = tuple[str | int, ...]
#: What a team with tokens has beside what the other one has.
_ONLY_TOKEN = ("Authorizer", "ApiproxyANY839AE428")
#: Properties that hold a policy: their statements are widened one by one.
POLICIES = ("PolicyDocument", "Policy", "KeyPolicy", "AssumeRolePolicyDocument")


def resources(example: Assembly) -> Iterator[tuple[str, str, Json]]:
    """Yield stack, logical id and body of each resource; of like ones of one construct, the first alone."""
    for stack in (NETWORK, AUDIT, GUARDRAILS, SIGNED, TOKEN):
        seen: set[str] = set()
        for id, body in example.by_stack[stack].body["Resources"].items():
            if stack == TOKEN and not id.startswith(_ONLY_TOKEN):
                continue
            # Fifteen answers of the gateway differ in nothing but their text.
            if body["Type"] == "AWS::ApiGateway::GatewayResponse" and body["Type"] in seen:
                continue
            seen.add(body["Type"])
            yield stack, id, body


def short(stack: str, id: str) -> str:
    """A resource's place, as the page shows it.

    Example
    -------
    >>> short("Cloister-Team-beacon", "Role1")
    'Team-beacon/Role1'
    """
    return f"{stack.removeprefix('Cloister-')}/{id}"


def is_function(value: Json) -> bool:
    """Whether a value is an intrinsic function."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def dotted(path: Path) -> str:
    """A path in words.

    Example
    -------
    >>> dotted(("Statement", 0, "Action"))
    'Statement.0.Action'
    """
    return ".".join(map(str, path))


def at(whole: Json, path: Path) -> Json:
    """What stands at a path."""
    for step in path:
        whole = whole[step]
    return whole


def touched(how: str, id: str, body: Json, path: Path) -> Touched:
    """A place of a resource, as a mutant that changes it says it."""
    shown = dotted(tuple("*" if isinstance(step, int) else step for step in path)).removeprefix("Properties.")
    return Touched(how, body["Type"], id, shown, at(body, path), at(body, path[:-1]))


def without(id: str, path: Path) -> Change:
    """Take away what stands at a path of a resource."""

    def change(body: Json) -> None:
        place = at(body["Resources"][id], path[:-1])
        del place[path[-1]]

    return change


def setting(id: str, path: Path, value: Json) -> Change:
    """Put a value at a path of a resource."""

    def change(body: Json) -> None:
        at(body["Resources"][id], path[:-1])[path[-1]] = copy.deepcopy(value)

    return change
