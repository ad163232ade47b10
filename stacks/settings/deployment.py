"""``cloister.yaml``: what is set once for a deployment."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from stacks.catalogue import Frozen
from stacks.settings.alarms import Alarms
from stacks.settings.archive import archive_bucket
from stacks.settings.company import Company
from stacks.settings.extensions import Opened
from stacks.settings.guardrail import Guardrail
from stacks.settings.images import ImageBuckets
from stacks.settings.kinds import TeamName, check, listed, text, wrong
from stacks.settings.network import Network
from stacks.settings.prices import Prices
from stacks.settings.roles import Role, role_arn

__all__ = ["RETENTIONS", "Audit", "Deployment"]

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
Account = Annotated[str, *text(r"[0-9]{12}", "needs 12 digits in quotes, as '123456789012'", 12)]
Name = Annotated[
    str,
    *text(
        r"[A-Za-z]([A-Za-z0-9-]{0,18}[A-Za-z0-9])?", "needs up to 20 letters, digits and hyphens, a letter first", 20
    ),
]
Organization = Annotated[
    str, *text(r"o-[a-z0-9]{10,32}", "needs the id of an AWS organisation, such as 'o-a1b2c3d4e5'", 34)
]

Boundary = Annotated[
    str,
    *text(
        r"(arn:(aws|aws-us-gov):iam::[0-9]{12}:policy/([A-Za-z0-9+=,.@_-]+/)*)?[A-Za-z0-9+=,.@_-]{1,128}",
        "needs a managed policy's name, such as 'company-boundary', or its ARN",
        600,
    ),
]


class Audit(Frozen):
    """What is kept of who did what."""

    retention_days: Annotated[
        int,
        check(lambda value: value in RETENTIONS, f"CloudWatch Logs takes {', '.join(map(str, RETENTIONS))}"),
        Field(json_schema_extra={"enum": list(RETENTIONS)}),
    ] = Field(description="Days that every log group keeps its records.")
    data_events: bool = Field(description="Whether CloudTrail records each inference and guardrail call (AWS charges).")
    management_events: Literal["here", "elsewhere"] = Field(
        default="here",
        description="Who records changes of functions, roles, keys and trails: 'here', or 'elsewhere' where a trail of "
        "the organisation records the account's management events already.",
    )
    api_gateway_role: Literal["here", "elsewhere"] = Field(
        default="here",
        description="Whose role API Gateway writes logs with, one for the account and Region: 'here' makes and sets "
        "it, 'elsewhere' leaves the one in place that somebody else has set.",
    )
    sign_records: bool = Field(
        default=False,
        description="Whether a KMS key of each team signs the chain of its records, so that what is cut off or made up "
        "is found. AWS charges 1 USD a month for each team, the endpoint of KMS in each zone, and 0.000015 USD a "
        "signature; without it the records are a chain that nobody has signed.",
    )
    digest_requests: bool = Field(
        default=False,
        description="Whether each record holds a keyed digest of its request, so that an auditor who has a request can "
        "confirm that it was sent, and nobody can read it there; for it 'sign_records' must be true. AWS charges 1 USD "
        "a month for each team's key.",
    )
    object_lock: Literal["none", "governance", "compliance"] = Field(
        default="none",
        description="How the evidence bucket keeps its files for that time: 'governance' lets go of them for a right "
        "of its own, 'compliance' for nobody, the root user included, until the days are over.",
    )
    data_protection: bool = Field(
        default=True,
        description="Whether CloudWatch Logs masks keys and card numbers in the teams' logs, should one ever be "
        "written there, and raises an alarm (AWS charges for each GB).",
    )
    archive: Literal["none", "objects"] = Field(
        default="none",
        description="Whether records are delivered to the evidence bucket too, by Firehose, where Object Lock keeps "
        "them: 'objects' (AWS charges for each GB).",
    )

    @model_validator(mode="after")
    def _digests_are_in_signed_records(self) -> Audit:
        if self.digest_requests and not self.sign_records:
            raise wrong("set 'sign_records: true' too, or leave it out", "found 'digest_requests: true' alone")
        return self


class Deployment(Frozen):
    """A deployment of Cloister in one account and Region."""

    name: Name = Field(description="Prefix of every stack's name.")
    region: Annotated[
        str,
        check(lambda value: _REGION.fullmatch(value) is not None, "needs a Region's name, such as 'us-east-1'"),
        check(lambda value: not value.startswith("cn-"), "Bedrock is not offered in the Regions of China"),
        Field(json_schema_extra={"pattern": f"^{_REGION.pattern}$"}),
    ] = Field(description="The Region that everything is deployed in, and that no prompt leaves.")
    account: Account | None = Field(default=None, description="The only account that may be deployed to, in quotes.")
    administrators: Annotated[tuple[Role, ...], *listed(0, 10, "needs up to 10 roles, each once")] = Field(
        default=(),
        description="Roles, by name, ARN or 'permission-set/NAME', that alone may manage the keys, beside "
        "CloudFormation and the account's root user; without any, the account's IAM policies decide.",
    )
    auditors: Annotated[tuple[Role, ...], *listed(0, 10, "needs up to 10 roles, each once")] = Field(
        default=(),
        description="Roles of this account, by name, ARN or 'permission-set/NAME', that may take on a role which reads "
        "the evidence and does nothing else; without any, there is no such role.",
    )
    beside: Annotated[tuple[Name, ...], *listed(0, 10, "needs up to 10 names, each once")] = Field(
        default=(),
        description="Names of other deployments in the same account and Region, whose proxies the policies for the "
        "organisation leave alone as they do this one's.",
    )
    permissions_boundary: Boundary | None = Field(
        default=None,
        description="A managed policy of the account, by name or ARN, that every role here must carry as its boundary; "
        "what keeps the functions' roles to their own rights then stands in their policies, as denials.",
    )
    protection: bool = Field(
        default=True,
        description="Whether log groups and the platform's stacks refuse to be deleted; false is for development.",
    )
    organization: Organization | None = Field(
        default=None, description="The AWS organisation whose principals may pass the APIs' endpoint, by id."
    )
    network: Network = Field(description="The network of the functions and the endpoints, in one of four modes.")
    audit: Audit = Field(description="What is kept of who did what.")
    alarms: Alarms = Field(default=Alarms(), description="Who is told when something happens that should not.")
    dashboards: Literal["teams", "platform", "none"] = Field(
        default="teams",
        description="Which CloudWatch dashboards there are: the platform's and one for each team, the platform's "
        "alone, or none. AWS charges 3 USD a month for each beyond an account's first three.",
    )
    guardrail: Guardrail = Field(description="What is blocked or masked in every team's prompts and answers.")
    signing_name: Literal["bedrock-mantle", "bedrock"] = Field(
        default="bedrock-mantle",
        description="The service name in signatures of model requests; change it only if AWS refuses the default.",
    )
    retention: Literal["reported", "required", "proved"] | None = Field(
        default=None,
        description="What a data retention mode of a team's Project other than 'none' means: 'reported' is in the "
        "records, 'required' ends every request with 503 until it is 'none', 'proved' those too whose Project cannot "
        "be read. Without it: 'required', and 'reported' in the network mode 'development'.",
    )
    company: Company = Field(default_factory=Company, description="What the company demands of all that is made.")
    images: ImageBuckets = Field(
        default=(),
        description="Buckets that teams may be given images from, by s3:// address; without any, S3 is not reached.",
    )
    extensions: Opened = Field(
        default=(),
        description="Buckets that functions of the teams' own classes read and write, and queues that they send to and "
        "receive from, each for one team; without any, the network is closed to such functions.",
    )
    budgets: bool = Field(
        default=False,
        description="Whether teams may have budgets, which are kept in DynamoDB: one more endpoint, to it.",
    )
    archives: Annotated[tuple[TeamName, ...], *listed(0, 50, "needs up to 50 teams, each once")] = Field(
        default=(),
        description="Teams whose prompts and answers may be archived, each in a bucket of its own: a way to that "
        "bucket is opened, and who answers for it stands in the team's file, under 'archive'.",
    )
    prices: Prices | None = Field(
        default=None, description="What you pay, where the kit does not know a Region's prices or yours are other."
    )

    @property
    def partition(self) -> str:
        """The AWS partition that the Region belongs to, as ARNs name it."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def is_protected(self) -> bool:
        """Whether the deployment refuses to be deleted: not where it is for development anyway."""
        return self.protection and self.network.mode != "development"

    @property
    def retention_wanted(self) -> Literal["reported", "required", "proved"]:
        """What a retention mode other than ``none`` means, where the settings leave it open too."""
        return self.retention or ("reported" if self.network.mode == "development" else "required")

    @property
    def image_keys(self) -> dict[str, str | None]:
        """The buckets that images may come from, each with the ARN of its key if it has one."""
        return {entry.bucket: entry.key for entry in self.images}

    @property
    def archive_buckets(self) -> dict[str, str]:
        """The buckets of the teams' archives, by team.

        Raises
        ------
        ValueError
            When there are archives, and no account.
        """
        if self.archives and self.account is None:
            raise ValueError("archives need 'account': the names of their buckets hold a mark of it")
        return {team: archive_bucket(self.name, team, self.account or "", self.region) for team in self.archives}

    @property
    def buckets(self) -> list[str]:
        """All buckets that the network leads to."""
        own = (entry.bucket for entry in self.extensions if entry.bucket)
        return [*self.image_keys, *own, *self.archive_buckets.values()]

    def boundary_arn(self, account: str) -> str | None:
        """Return the ARN of the boundary of every role, None if the settings name none.

        Parameters
        ----------
        account
            The deployment's account, where a policy is that is given by name.
        """
        found = self.permissions_boundary
        if found is None or found.startswith("arn:"):
            return found
        return f"arn:{self.partition}:iam::{account}:policy/{found}"

    def administrator_arns(self, account: str) -> tuple[str, ...]:
        """Return the ARNs of the administrators.

        Parameters
        ----------
        account
            The deployment's account, where those are who are given by name.
        """
        return tuple(role_arn(role, account, self.partition) for role in self.administrators)

    def auditor_arns(self, account: str) -> tuple[str, ...]:
        """Return the ARNs of the auditors.

        Parameters
        ----------
        account
            The deployment's account, where those are who are given by name.
        """
        return tuple(role_arn(role, account, self.partition) for role in self.auditors)
