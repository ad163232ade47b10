"""What the KMS keys of one team have in common, whatever they do: each does one thing, for the roles that it names."""

from collections.abc import Sequence
from functools import cache

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.key import as_iam_decides, managed_by

_LATEST = Duration.days(30)  # the longest that KMS waits before it deletes a key


def team_key(
    scope: Construct,
    *,
    alias: str,
    description: str,
    spec: kms.KeySpec,
    usage: kms.KeyUsage,
    used: Sequence[iam.PolicyStatement],
    denied: iam.PolicyStatement,
    administrators: Sequence[str],
) -> kms.Key:
    """Make a key of one team, which outlives its stack, as the records do; AWS rotates none that encrypts nothing.

    Parameters
    ----------
    scope
        The construct whose key it is.
    alias, description
        As of `CustomerKey`.
    spec, usage
        What it does.
    used
        What leaves its use to IAM, where administrators alone manage it; without administrators IAM decides anyway.
    denied
        What keeps its use from everybody else, whatever IAM says.
    administrators
        ARNs of the roles that may manage it; see `CustomerKey`.
    """
    statements = [managed_by(scope, administrators), *used] if administrators else [as_iam_decides()]
    return kms.Key(
        scope,
        "Key",
        alias=alias,
        description=description,
        key_spec=spec,
        key_usage=usage,
        pending_window=_LATEST,
        removal_policy=RemovalPolicy.RETAIN,
        policy=iam.PolicyDocument(statements=[*statements, denied]),
    )


def nobody_else(sid: str, actions: Sequence[str], roles: str | Sequence[str]) -> iam.PolicyStatement:
    """Return what denies actions to everybody but some roles, for the policy of a key; made once for all teams.

    Parameters
    ----------
    sid
        What for.
    actions
        KMS actions.
    roles
        ARN of the roles, with a wildcard for their names, or several.
    """
    return _denied(sid, tuple(actions), roles if isinstance(roles, str) else tuple(roles))


@cache
def _denied(sid: str, actions: tuple[str, ...], roles: str | tuple[str, ...]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=["*"],
        conditions={"ArnNotLike": {"aws:PrincipalArn": roles if isinstance(roles, str) else list(roles)}},
    )
