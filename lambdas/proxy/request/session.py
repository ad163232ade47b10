"""Whose session a request comes in, where a team demands that it is named after a person."""

from __future__ import annotations

import re

from ..core.errors import ForbiddenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.team import Team

#: Names that programs give to sessions that nobody named: AWS's tools and SDKs, instances, and Lambda's credentials.
_NOBODY = (
    r"(botocore-session-|AWSCLI-Session|aws-sdk-|aws-go-sdk-|AwsSdk|i-[0-9a-f]{8,17}$|[0-9]+$|session$|default$"
    r"|AssumeRoleSession|temp-session|rolesession|web-identity-)"
)
_SESSION = r"arn:[a-z-]+:sts::[0-9]{12}:assumed-role/[\w+=,.@-]+/([\w+=,.@-]+)"


def named(team: Team, principal: str | None) -> None:
    """Refuse a caller whose session no person's name is in, if the team demands one.

    Identity Center names sessions after the user. For other roles the name is whatever who takes on the role writes: a
    condition on ``sts:RoleSessionName`` in the role's trust policy makes it true
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname).

    Raises
    ------
    ForbiddenError
        With what was found, which the caller gave.
    """
    if not team.session_name:
        return
    # Compiled when the first such request comes: most teams demand nothing, and a start would wait for it.
    found = re.fullmatch(_SESSION, principal or "", re.ASCII)
    if found is None or re.match(_NOBODY, found[1], re.IGNORECASE):
        raise ForbiddenError(
            "This team takes requests of sessions that are named after a person, and this one is "
            + (f"named {found[1]!r}" if found and len(found[1]) <= 64 else "no session of a role")
            + ". Sign in through Identity Center, or take on the role with your name as its session name "
            "(--role-session-name).",
            code="session_name_required",
        )
