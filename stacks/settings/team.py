"""``teams/<team>.yaml``: who a team is, who of it may call, and what it may use."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stacks.catalogue import Frozen, Tier
from stacks.settings.behaviour import Fallback, Guarding
from stacks.settings.images import ImagePlaces
from stacks.settings.kinds import Email, Label, listed, text, wrong

__all__ = ["Caller", "Role", "Team", "role_arn", "role_problem"]

# IAM also allows a comma in names and almost anything in paths; a comma would end an entry in the list of callers that
# the authorizer function is given, and nobody needs the rest
# (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html).
_NAME = r"[\w+=.@-]{1,64}"
_ROLE_NAME = re.compile(_NAME, re.ASCII)
_ROLE_ARN = re.compile(
    rf"arn:(?P<partition>aws|aws-us-gov):iam::(?P<account>\d{{12}}):role/([\w+=.@-]+/)*{_NAME}", re.ASCII
)
_ASSUMED = re.compile(r"arn:[a-z-]+:sts::\d{12}:assumed-role/(?P<name>[^/]+)/.+")

TeamName = Annotated[
    str,
    *text(
        r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", "needs up to 20 lower-case letters, digits and hyphens, a letter first", 20
    ),
]


def role_problem(value: str) -> str | None:
    """Say what is wrong with the name or ARN of a role, None if nothing is.

    Examples
    --------
    >>> role_problem("atlas-developer")
    >>> role_problem("arn:aws:sts::123456789012:assumed-role/atlas-developer/ann")
    "name the role, not a session of it: 'atlas-developer'"
    """
    if assumed := _ASSUMED.fullmatch(value):
        return f"name the role, not a session of it: '{assumed['name']}'"
    if re.match(r"arn:[a-z-]*:iam::\d*:(user/|root$|group/)", value):
        return "name a role: users, groups and an account's root are not let in"
    if value.startswith("arn:"):
        right = "needs a role's ARN, as 'arn:aws:iam::123456789012:role/atlas-developer'"
        return None if _ROLE_ARN.fullmatch(value) and len(value) <= 600 else right
    right = "needs a role's name (up to 64 letters, digits and _ + = . @ -) or its ARN"
    return None if _ROLE_NAME.fullmatch(value) else right


def _role(value: str) -> str:
    if right := role_problem(value):
        raise wrong(right)
    return value


Role = Annotated[str, AfterValidator(_role)]


def role_arn(role: str, account: str, partition: str = "aws") -> str:
    """Return the ARN of a role that is given by its name or its ARN.

    Parameters
    ----------
    role
        Name or ARN.
    account, partition
        Where a role that is given by its name is.

    Examples
    --------
    >>> role_arn("atlas-developer", "123456789012")
    'arn:aws:iam::123456789012:role/atlas-developer'
    """
    return role if role.startswith("arn:") else f"arn:{partition}:iam::{account}:role/{role}"


class Caller(Frozen):
    """Someone who may call a team's API."""

    role: Role = Field(description="A role of the deployment's account by its name, or any role by its ARN.")

    def arn(self, account: str, partition: str = "aws") -> str:
        """Return the role's ARN.

        Parameters
        ----------
        account, partition
            Where a role that is given by its name is.

        Examples
        --------
        >>> Caller(role="atlas-developer").arn("123456789012")
        'arn:aws:iam::123456789012:role/atlas-developer'
        """
        return role_arn(self.role, account, partition)


class Team(Frozen):
    """A team: one stack, one Bedrock Project, one API, one proxy function."""

    name: TeamName = Field(description="The team's name, that of the file too.")
    owner: Label = Field(description="Who answers for the team.")
    contact: Email = Field(description="Where the team is reached, an e-mail address.")
    access: Literal["iam", "token"] = Field(
        description="How callers prove who they are: 'iam' signs requests with AWS Signature Version 4, 'token' is a "
        "short-lived bearer token, so that any OpenAI client works."
    )
    callers: Annotated[
        tuple[Caller, ...], *listed(1, 20, "needs 1 to 20 callers, each once", key=lambda caller: caller.role)
    ] = Field(description="The roles that may call.")
    models: Annotated[tuple[str, ...], *listed(1, 100, "needs one model or more, each once")] = Field(
        description="Ids of models in the catalogue."
    )
    tiers: Annotated[tuple[Tier, ...], *listed(1, 3, "needs one tier or more, each once")] = Field(
        description="Service tiers that the team may ask for; each of its models offers each of them."
    )
    guarding: Guarding = Field(default_factory=Guarding, description="How prompts and answers pass the guardrail.")
    structured_output: Literal["error", "retry"] = Field(
        default="error",
        description="What becomes of a whole answer that does not match the JSON schema it was asked for with: "
        "'error', or 'retry', which asks once more.",
    )
    fallbacks: Annotated[tuple[Fallback, ...], *listed(0, 10, "needs up to 10 fallbacks, each once", key=str)] = Field(
        default=(), description="What is tried, in this order, when a model is out of capacity."
    )
    images: ImagePlaces = Field(
        default=(),
        description="Where images may be named by s3:// address: a bucket of cloister.yaml, 'bucket', or what is below "
        "a prefix, 'bucket/prefix/'. Whoever may call can have each image there described; without any, none is read.",
    )
