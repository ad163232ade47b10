"""``teams/<team>.yaml``: who a team is, who of it may call, and what it may use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.catalogue import Frozen, Tier
from stacks.settings.additions import Additions
from stacks.settings.archive import Archive
from stacks.settings.behaviour import Fallback, Guarding
from stacks.settings.budget import Budget, Identity
from stacks.settings.company import Tags
from stacks.settings.images import ImagePlaces
from stacks.settings.kinds import Email, Label, TeamName, listed, text
from stacks.settings.roles import EXTENSION, CallerRole, role_arn

__all__ = ["Caller", "Team"]

# Every account has a Project `default`, which is nobody's alone.
ProjectId = Annotated[
    str, *text(r"proj_[A-Za-z0-9_-]+", "needs the id of a Bedrock Project, such as 'proj_0a1b2c3d4e5f6g7h'", 100)
]


class Caller(Frozen):
    """Someone who may call a team's API."""

    role: CallerRole = Field(
        description="A role of the deployment's account by its name, any role by its ARN, an Identity Center "
        "permission set of the account as 'permission-set/NAME', or 'extension/*': the functions of the team's own "
        "class."
    )

    @property
    def is_extension(self) -> bool:
        """Whether it is the functions of the team's own class."""
        return self.role == EXTENSION

    def arn(self, account: str, partition: str = "aws", own: str = "") -> str:
        """Return the role's ARN, which of a permission set, and of the team's own functions, is a pattern.

        Parameters
        ----------
        account, partition
            Where a role that is not given by its ARN is.
        own
            IAM path of the roles of the team's own functions.

        Examples
        --------
        >>> Caller(role="atlas-developer").arn("123456789012")
        'arn:aws:iam::123456789012:role/atlas-developer'
        """
        if self.is_extension:
            if not own:
                raise ValueError(f"the path of the team's own roles is not known, and '{EXTENSION}' stands for it")
            return f"arn:{partition}:iam::{account}:role{own}*"
        return role_arn(self.role, account, partition)


class Team(Frozen):
    """A team: one stack, one Bedrock Project, one API, one proxy function."""

    name: TeamName = Field(description="The team's name, that of the file too.")
    owner: Label = Field(description="Who answers for the team.")
    contact: Email = Field(description="Where the team is reached, an e-mail address; a tag of all that is the team's.")
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
    project: ProjectId | None = Field(
        default=None,
        description="Id of a Bedrock Project that is there already, for Regions where CloudFormation cannot make one "
        "(`make project TEAM=name` makes it); left out, the team's stack makes its own.",
    )
    guarding: Guarding = Field(default_factory=Guarding, description="How prompts and answers pass the guardrail.")
    tags: Tags = Field(
        default_factory=dict, description="Tags of what is the team's, beside or in place of the deployment's."
    )
    guardrail: Additions = Field(
        default_factory=Additions,
        description="What is blocked or masked for this team beyond the deployment's guardrail; it takes nothing away.",
    )
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
    budget: Budget | None = Field(
        default=None, description="What the team may spend in a month, and how fast; without it, there is no limit."
    )
    archive: Archive | None = Field(
        default=None,
        description="Keeps the team's prompts and answers, in full and masked, for a named reader; cloister.yaml must "
        "name the team under 'archives'.",
    )
    identity: Identity = Field(default_factory=Identity, description="Who each caller must be.")
