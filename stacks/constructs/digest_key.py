"""A KMS key that the digests of one team's requests are made by: HMAC, for its proxy and for auditors alone."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from types import MappingProxyType

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.team_key import nobody_else, team_key

#: By what a message is authenticated
#: (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-mac-algorithm).
HMAC_SHA_256_ONLY: Mapping[str, str] = MappingProxyType({"kms:MacAlgorithm": "HMAC_SHA_256"})


class DigestKey(Construct):
    """An HMAC key that never leaves KMS, for one team: each execution environment has a key of its own made by it.

    A key costs 1 USD a month (https://aws.amazon.com/kms/pricing/). It outlives its stack, as the records do, and AWS
    rotates no key of this kind. Using it is denied to everybody but the proxies and the auditors' role, whatever IAM
    says, as long as the key's policy stands: whoever uses it can try guesses of short requests against the records.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    alias
        Name after ``alias/``, unique in the account and Region.
    team
        Whose requests the digests are of.
    users
        ARNs of the roles that may use it, with a wildcard for their names; which of them may is said by `making`.
    administrators
        ARNs of the roles that may manage the key; see `CustomerKey`.

    Example
    -------
    >>> key = DigestKey(
    ...     stack,
    ...     "DigestKey",
    ...     alias="cloister/digests/atlas",
    ...     team="atlas",
    ...     users=["arn:aws:iam::111122223333:role/cloister/Cloister/proxy/*"],
    ... )
    >>> statement = key.making()
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str,
        team: str,
        users: Sequence[str],
        administrators: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = team_key(
            self,
            alias=alias,
            description=f"Makes the keys of the digests of team {team}",
            spec=kms.KeySpec.HMAC_256,
            usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
            used=[_used()],
            denied=nobody_else("NobodyElseAuthenticates", ["kms:GenerateMac", "kms:VerifyMac"], users),
            administrators=administrators,
        )

    @cached_property
    def arn(self) -> str:
        """ARN of the key."""
        return self.key.key_arn

    def making(self) -> iam.PolicyStatement:
        """Return what lets a role have the key of its execution environment made, for its policy."""
        return iam.PolicyStatement(
            sid="MakeOwnDigestKey",
            actions=["kms:GenerateMac"],
            resources=[self.arn],
            conditions={"StringEquals": dict(HMAC_SHA_256_ONLY)},
        )


@cache
def _used() -> iam.PolicyStatement:
    """Leave the use to IAM, where administrators alone manage the key."""
    return iam.PolicyStatement(
        sid="UsersAuthenticate",
        principals=[iam.AccountRootPrincipal()],
        actions=["kms:GenerateMac"],
        resources=["*"],
        conditions={"StringEquals": dict(HMAC_SHA_256_ONLY)},
    )
