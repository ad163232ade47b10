"""How a role is named: by its name, by its ARN, or as an Identity Center permission set."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from stacks.settings.kinds import wrong

__all__ = ["EXTENSION", "CallerRole", "Role", "is_pattern", "role_arn", "role_problem"]

#: Stands for the roles of the functions that a team's own class makes, whose names CloudFormation gives.
EXTENSION = "extension/*"

_SET = "permission-set/"
# https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html; without the comma, as below
_SET_NAME = re.compile(r"[\w+=.@-]{1,32}", re.ASCII)
# The role of a permission set has 16 hexadecimal digits at the end of its name, which no template can know, and the
# Region of Identity Center in its path, but for us-east-1
# (https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html). Sixteen times `?`, and not
# `*`: the set `dev` is not the set `dev_admin`. Identity Center alone makes roles below that path.
_SET_ROLE = "aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{}_????????????????"
_SET_ROLE_ARN = re.compile(
    r"arn:(aws|aws-us-gov):iam::\d{12}:role/aws-reserved/sso\.amazonaws\.com/([a-z0-9-]+/)?"
    r"AWSReservedSSO_[\w+=.@-]{1,32}_[0-9a-f]{16}",
    re.ASCII,
)
_RESERVED = re.compile(r"(.*/)?AWSReservedSSO_(?P<set>.{1,32}?)(_[0-9a-f]{1,16})?")

# IAM also allows a comma in names and almost anything in paths; a comma would end an entry in the list of callers that
# the authorizer function is given, and nobody needs the rest
# (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
_NAME = r"[\w+=.@-]{1,64}"
_ROLE_NAME = re.compile(_NAME, re.ASCII)
_ROLE_ARN = re.compile(
    rf"arn:(?P<partition>aws|aws-us-gov):iam::(?P<account>\d{{12}}):role/([\w+=.@-]+/)*{_NAME}", re.ASCII
)
_ASSUMED = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/(?P<name>[^/]+)/.+")


def role_problem(value: str) -> str | None:
    """Say what is wrong with the way a role is named, None if nothing is.

    Examples
    --------
    >>> role_problem("atlas-developer")
    >>> role_problem("permission-set/AtlasDevelopers")
    >>> role_problem("AWSReservedSSO_AtlasDevelopers_0123456789abcdef")
    "name the permission set: 'permission-set/AtlasDevelopers'"
    >>> role_problem("arn:aws:sts::123456789012:assumed-role/atlas-developer/ann")
    "name the role, not a session of it: 'atlas-developer'"
    """
    if value.startswith(_SET):
        right = f"needs a permission set's name after '{_SET}': up to 32 letters, digits and _ + = . @ -"
        return None if _SET_NAME.fullmatch(value.removeprefix(_SET)) else right
    assumed = _ASSUMED.fullmatch(value)
    name = assumed["name"] if assumed else value
    # Its path is part of a role's ARN: by its bare name, such a role would be an ARN that nobody has.
    if (reserved := _RESERVED.fullmatch(name)) and not _SET_ROLE_ARN.fullmatch(value):
        return f"name the permission set: '{_SET}{reserved['set']}'"
    if assumed:
        return f"name the role, not a session of it: '{name}'"
    if re.match(r"arn:[a-z-]*:iam::\d*:(user/|root$|group/)", value):
        return "name a role: users, groups and an account's root are not let in"
    if value.startswith("arn:"):
        right = "needs a role's ARN, as 'arn:aws:iam::123456789012:role/atlas-developer'"
        return None if _ROLE_ARN.fullmatch(value) and len(value) <= 600 else right
    right = f"needs a role's name (up to 64 letters, digits and _ + = . @ -), its ARN, or '{_SET}NAME'"
    return None if _ROLE_NAME.fullmatch(value) else right


def _role(value: str) -> str:
    if right := role_problem(value):
        raise wrong(right)
    return value


def _caller(value: str) -> str:
    return value if value == EXTENSION else _role(value)


Role = Annotated[str, AfterValidator(_role)]
CallerRole = Annotated[str, AfterValidator(_caller)]


def role_arn(role: str, account: str, partition: str = "aws") -> str:
    """Return the ARN of a role; that of a permission set's role is a pattern, for ``ArnLike`` and ``ArnNotLike``.

    Parameters
    ----------
    role
        Name, ARN, or ``permission-set/`` and the name of a permission set.
    account, partition
        Where a role that is not given by its ARN is.

    Examples
    --------
    >>> role_arn("atlas-developer", "123456789012")
    'arn:aws:iam::123456789012:role/atlas-developer'
    >>> role_arn("permission-set/Dev", "123456789012")
    'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Dev_????????????????'
    """
    if role.startswith("arn:"):
        return role
    name = _SET_ROLE.format(role.removeprefix(_SET)) if role.startswith(_SET) else role
    return f"arn:{partition}:iam::{account}:role/{name}"


def is_pattern(arn: str) -> bool:
    """Return whether an ARN is a pattern, which conditions take and the ``Principal`` of a policy does not.

    Examples
    --------
    >>> is_pattern(role_arn("permission-set/Dev", "123456789012")), is_pattern(role_arn("dev", "123456789012"))
    (True, False)
    """
    return "?" in arn or "*" in arn
