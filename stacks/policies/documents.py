"""Policies as documents, ready to be attached."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from stacks.policies.bypass import bypass
from stacks.policies.names import Names
from stacks.policies.platform import network, platform
from stacks.policies.statement import Statement, deny

__all__ = [
    "LIMITS",
    "MANAGED_POLICY",
    "RCP_SERVICES",
    "all_documents",
    "as_text",
    "parts",
    "permissions_boundary",
    "resource_control",
]

#: Characters of a managed policy without white space, or of a permissions boundary
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
MANAGED_POLICY = 6_144

#: Characters of each kind of document, white space and all
#: (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html,
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). Managed policies may have 6,144, and are
#: held to the same here.
LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "scp.json": 5120,
        "scp-platform.json": 5120,
        "scp-network.json": 5120,
        "rcp.json": 5120,
        "permissions-boundary.json": 5120,
    }
)

#: The services of this deployment that resource control policies reach, of those that AWS lists. Bedrock, Lambda, IAM
#: and CloudTrail are not among them: a statement about them would be refused
#: (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services,
#: read in September 2026).
RCP_SERVICES = frozenset({"kms", "logs", "s3", "sts"})


def all_documents(names: Names, endpoints: Sequence[str] | None = None) -> dict[str, str]:
    """Return every document by the name of its file.

    Parameters
    ----------
    names
        The deployment.
    endpoints
        As for `bypass`.

    Raises
    ------
    ValueError
        When one is larger than AWS takes: too many administrators are named.
    """
    statements = {
        "scp.json": bypass(names, endpoints),
        "scp-platform.json": platform(names),
        "scp-network.json": network(names),
        "rcp.json": resource_control(names),
        "permissions-boundary.json": permissions_boundary(names, endpoints),
    }
    documents = {name: as_text(found) for name, found in statements.items()}
    for name, text in documents.items():
        if len(text) >= LIMITS[name]:
            raise ValueError(
                f"{name} would have {len(text):,} characters, and AWS takes fewer than {LIMITS[name]:,}: name fewer "
                f"administrators than {len(names.administrators)} (one role that several people may assume does)"
            )
    return documents


def parts(statements: Sequence[Statement], longest: Mapping[str, str]) -> list[list[Statement]]:
    """Return statements in as few managed policies as hold them, in their order.

    Parameters
    ----------
    statements
        Denials, which mean the same in one policy or in several that are carried together.
    longest
        What stands in them for something that is not known yet, and what it may be at its longest.

    Examples
    --------
    >>> [len(part) for part in parts([deny(f"No{n}", ["a:B"], "x" * 2000) for n in range(4)], {})]
    [2, 2]
    """
    found: list[list[Statement]] = [[]]
    for statement in statements:
        text = as_text([*found[-1], statement])
        for unknown, known in longest.items():
            text = text.replace(unknown, known)
        if found[-1] and len(text) > MANAGED_POLICY:
            found.append([])
        found[-1].append(statement)
    return found


def as_text(statements: Sequence[Statement]) -> str:
    """Return a policy document without white space.

    Examples
    --------
    >>> as_text([deny("No", ["a:B"])])
    '{"Version":"2012-10-17","Statement":[{"Sid":"No","Effect":"Deny","Action":"a:B","Resource":"*"}]}'
    """
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def permissions_boundary(names: Names, endpoints: Sequence[str] | None = None) -> list[Statement]:
    """Return a permissions boundary for the roles that an account's teams make and use.

    It allows what their policies allow, but for the ways round the proxies, and it stays on: a role that carries it can
    make other principals with the same boundary only. It names itself, so it has to be made under the name it says.

    Parameters
    ----------
    names, endpoints
        As for `bypass`.
    """
    everything: Statement = {"Sid": "UpToTheDenials", "Effect": "Allow", "Action": "*", "Resource": "*"}
    return [
        everything,
        *bypass(names, endpoints),
        deny(
            "BoundariesAreInherited",
            ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"],
            condition={"StringNotEquals": {"iam:PermissionsBoundary": names.boundary}},
        ),
        deny("BoundariesStay", ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"]),
    ]


def resource_control(names: Names) -> list[Statement]:
    """Return what a resource control policy can add: keys, evidence, logs and roles refuse strangers by themselves.

    Service control policies bind the organisation's own principals; this binds whoever reaches for the deployment's
    resources, from whatever organisation, and whatever a key or bucket policy should come to say. Calls that AWS
    services make by themselves are left alone.

    Parameters
    ----------
    names
        The deployment.
    """
    people = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    strangers = {**people, "StringNotEqualsIfExists": {"aws:PrincipalAccount": names.account}}
    statements = [
        deny("LambdaAloneAssumesTheRoles", ["sts:AssumeRole"], names.roles, people),
        deny(
            "KeysServeThisAccount",
            ["kms:*"],
            names.regional("kms", "key/*"),
            {**strangers, "ForAnyValue:StringLike": {"kms:ResourceAliases": names.key_aliases}},
        ),
        deny("EvidenceServesThisAccount", ["s3:*"], names.buckets, strangers),
        deny("LogsServeThisAccount", ["logs:*"], names.log_groups, strangers),
    ]
    return [_of_everybody(statement) for statement in statements]


def _of_everybody(statement: Statement) -> Statement:
    """Put the principal in, which a resource control policy must have, and which must be all."""
    return {"Sid": statement["Sid"], "Effect": "Deny", "Principal": "*", **statement}
