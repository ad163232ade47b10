"""Who may call the team's API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .refusal import ForbiddenError

__all__ = ["Place", "admit", "place"]

_FUNCTION = re.compile(r"arn:(?P<partition>[a-z-]+):lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):function:.+")
_SESSION = re.compile(
    r"arn:(?P<partition>[a-z-]+):sts::(?P<account>[0-9]{12}):assumed-role/(?P<role>[\w+=,.@-]+)/[\w+=,.@-]+", re.ASCII
)
_ROLE = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>[0-9]{12}):role/(?:[^,*?]+/)?(?P<role>[\w+=.@-]+)", re.ASCII
)
# An Identity Center permission set, whose role has sixteen hexadecimal digits at the end of its name
# (https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html).
_SET = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>[0-9]{12}):role/aws-reserved/sso\.amazonaws\.com/"
    r"\*(?P<start>AWSReservedSSO_[\w+=.@-]+_)\?{16}",
    re.ASCII,
)
_SUFFIX = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the function runs.

    Parameters
    ----------
    partition, region, account
        As in the function's ARN.
    """

    partition: str
    region: str
    account: str


def place(function_arn: str) -> Place:
    """Read a function's ARN.

    Examples
    --------
    >>> place("arn:aws:lambda:us-east-1:123456789012:function:authorizer")
    Place(partition='aws', region='us-east-1', account='123456789012')
    """
    parts = _FUNCTION.fullmatch(function_arn)
    if parts is None:
        raise ValueError("not the ARN of a function")
    return Place(parts["partition"], parts["region"], parts["account"])


def admit(arn: str, account: str, callers: Iterable[str], here: Place) -> None:
    """Let the session of an allowed role pass.

    A session's ARN names the role without its path; the name alone identifies it, since IAM gives a name once in an
    account whatever the path (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html). The role of
    a permission set is known by the set's name and the form of what follows: that nobody but Identity Center makes a
    role of such a name is said of its console
    (https://repost.aws/knowledge-center/identity-center-aws-reserved-sso), and not of IAM's API; a team that names the
    role's ARN instead leans on neither.

    Parameters
    ----------
    arn, account
        The caller, as AWS STS stated it.
    callers
        ARNs of the roles that the team's file names, or patterns of permission sets.
    here
        Where the function runs: tokens are for callers of its own account.

    Raises
    ------
    ForbiddenError
        When anybody else calls.
    """
    session = _SESSION.fullmatch(arn)
    if account != here.account:
        raise ForbiddenError("other_account", arn)
    if session is None:
        raise ForbiddenError("not_a_role", arn)
    if session["account"] != here.account or session["partition"] != here.partition:
        raise ForbiddenError("other_account", arn)
    if any(_is(caller, session) for caller in callers):
        return
    raise ForbiddenError("not_a_caller", arn)


def _is(caller: str, session: re.Match[str]) -> bool:
    """Return whether a caller of the team's file is the role of a session."""
    found = _ROLE.fullmatch(caller) or _SET.fullmatch(caller)
    if found is None or found.group("partition", "account") != session.group("partition", "account"):
        return False
    if found.re is _ROLE:
        return found["role"] == session["role"]
    start = found["start"]
    return session["role"].startswith(start) and _SUFFIX.fullmatch(session["role"][len(start) :]) is not None
