"""A KMS key that signs the records of one team: ECC, for signing alone, by the team's proxy alone."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from types import MappingProxyType

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.team_key import nobody_else, team_key

#: What is signed, and how: a digest that was made elsewhere, so that no record passes KMS
#: (https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html).
DIGESTS_ONLY: Mapping[str, str] = MappingProxyType(
    {"kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256"}
)


class SigningKey(Construct):
    """A key pair whose private half never leaves KMS, for one team: a team's function cannot sign for another's.

    A key costs 1 USD a month (https://aws.amazon.com/kms/pricing/). It outlives its stack, as the records do, and AWS
    rotates no key of this kind. Anybody whom IAM allows it reads the public half and verifies; signing is denied to
    everybody but the proxies, whatever IAM says, as long as the key's policy stands.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    alias
        Name after ``alias/``, unique in the account and Region.
    team
        Whose records it signs.
    signers
        ARN of the roles that may sign, with a wildcard for their names; which of them may is said by `signing`.
    administrators
        ARNs of the roles that may manage the key; see `CustomerKey`.

    Example
    -------
    >>> key = SigningKey(
    ...     stack,
    ...     "SigningKey",
    ...     alias="cloister/records/atlas",
    ...     team="atlas",
    ...     signers="arn:aws:iam::111122223333:role/cloister/Cloister/proxy/*",
    ... )
    >>> statement = key.signing()
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alias: str,
        team: str,
        signers: str,
        administrators: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self.key = team_key(
            self,
            alias=alias,
            description=f"Signs the records of team {team}",
            spec=kms.KeySpec.ECC_NIST_P256,
            usage=kms.KeyUsage.SIGN_VERIFY,
            used=_used(),
            denied=nobody_else("NobodyElseSigns", ["kms:Sign"], signers),
            administrators=administrators,
        )

    @cached_property
    def arn(self) -> str:
        """ARN of the key."""
        return self.key.key_arn

    def signing(self) -> iam.PolicyStatement:
        """Return what lets a role sign with the key, for its policy."""
        return iam.PolicyStatement(
            sid="SignOwnRecords",
            actions=["kms:Sign"],
            resources=[self.arn],
            conditions={"StringEquals": dict(DIGESTS_ONLY)},
        )


@cache
def _used() -> list[iam.PolicyStatement]:
    """Leave signing, reading the public half and verifying to IAM, where administrators alone manage the key."""
    return [
        iam.PolicyStatement(
            sid="SignersSign",
            principals=[iam.AccountRootPrincipal()],
            actions=["kms:Sign"],
            resources=["*"],
            conditions={"StringEquals": dict(DIGESTS_ONLY)},
        ),
        iam.PolicyStatement(
            sid="ReadersVerify",
            principals=[iam.AccountRootPrincipal()],
            actions=["kms:DescribeKey", "kms:GetPublicKey", "kms:Verify"],
            resources=["*"],
        ),
    ]
