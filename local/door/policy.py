"""Evaluates IAM policies as far as the kit writes them: the API's resource policy, and an authorizer's answer.

What is not understood is never an allow: a condition operator or key that this module does not know makes an Allow
statement not match, and a Deny statement match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

Verdict = Literal["allow", "deny", "none"]

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringNotEquals": lambda found, wanted: found != wanted,
    "StringLike": fnmatchcase,
    "StringNotLike": lambda found, wanted: not fnmatchcase(found, wanted),
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "ArnNotEquals": lambda found, wanted: not fnmatchcase(found, wanted),
    "ArnNotLike": lambda found, wanted: not fnmatchcase(found, wanted),
}


def evaluate(
    policy: Mapping[str, Any],
    *,
    action: str,
    resource: str,
    principal: str | None = None,
    context: Mapping[str, str] | None = None,
) -> Verdict:
    """Evaluate a policy document.

    Parameters
    ----------
    action, resource
        What is asked for, such as `execute-api:Invoke` on a method ARN.
    principal
        ARN of who asks, of a role's session for example; None is anonymous. Statements without a principal, as in
        an authorizer's answer, are about whoever asks.
    context
        Condition keys in lower case.
    """
    verdict: Verdict = "none"
    for statement in _list(policy.get("Statement")):
        effect = statement.get("Effect")
        if effect not in ("Allow", "Deny"):
            continue
        matches = (
            _any(statement.get("Action"), action.lower(), str.lower)
            and _resource(statement.get("Resource"), resource)
            and _principal(statement, principal)
            and _conditions(statement.get("Condition"), context or {}, unknown=effect == "Deny")
        )
        if matches and effect == "Deny":
            return "deny"
        if matches:
            verdict = "allow"
    return verdict


def role_of(arn: str) -> str:
    """The role behind a session's ARN, without its path; any other ARN as it is.

    Example
    -------
    >>> role_of("arn:aws:sts::1:assumed-role/atlas-developer/tour")
    'arn:aws:iam::1:role/atlas-developer'
    """
    found = re.fullmatch(r"arn:([^:]+):sts::([^:]*):assumed-role/([^/]+)/.+", arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else arn


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _any(patterns: Any, value: str, normal: Callable[[str], str] = str) -> bool:
    return any(fnmatchcase(value, normal(str(pattern))) for pattern in _list(patterns))


def _resource(patterns: Any, arn: str) -> bool:
    # A resource policy may be written short, execute-api:/stage/method/path; API Gateway completes it.
    short = "execute-api:/" + arn.partition("/")[2]
    return any(fnmatchcase(short if str(p).startswith("execute-api:/") else arn, str(p)) for p in _list(patterns))


def _principal(statement: Mapping[str, Any], principal: str | None) -> bool:
    if "Principal" not in statement:
        return "NotPrincipal" not in statement
    wanted = statement["Principal"]
    if isinstance(wanted, Mapping):
        if not wanted.keys() <= {"AWS"}:
            return statement.get("Effect") == "Deny"
        wanted = wanted.get("AWS")
    names = [str(name) for name in _list(wanted)]
    if "*" in names:
        return True
    if principal is None:
        return False
    account = principal.split(":")[4]
    mine = {principal, role_of(principal), account, f"arn:aws:iam::{account}:root"}
    # A session's ARN does not tell the role's path.
    return any(name in mine or re.sub(r":role/.*/", ":role/", name) in mine for name in names)


def _conditions(conditions: Any, context: Mapping[str, str], *, unknown: bool) -> bool:
    for operator, pairs in (conditions or {}).items():
        test = _OPERATORS.get(operator)
        for key, wanted in pairs.items():
            found = context.get(key.lower())
            if test is None:
                if not unknown:
                    return False
                continue
            negative = "Not" in operator
            if found is None:
                # An absent key satisfies a negative operator only.
                if not negative:
                    return False
                continue
            results = [test(found, str(value)) for value in _list(wanted)]
            if not (all(results) if negative else any(results)):
                return False
    return True
