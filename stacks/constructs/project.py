"""A team's Bedrock Project."""

from collections.abc import Collection

from aws_cdk import CfnTag, Stack
from aws_cdk import aws_bedrockmantle as mantle
from aws_cdk import aws_iam as iam
from constructs import Construct


class TeamProject(Construct):
    """The Project that a team's inference is booked on, and the resource that IAM keeps teams apart by.

    It is made, or, where it is there already, taken as it is: CloudFormation has no type for it in some Regions where
    the service has it. Deleting the stack archives a Project that the stack made
    (https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html), and leaves one alone that it was given.

    Its retention mode cannot be set in CloudFormation: the resource has a name and tags only
    (https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_bedrockmantle.CfnProject.html).

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the Project.
    team
        Name of the team, for the cost-allocation tag ``team``.
    owner
        Who answers for the team, for the tag ``owner``.
    existing
        Id of a Project of this account and Region that is there already; name and tags are then its own.

    Example
    -------
    >>> project = TeamProject(stack, "Project", name="Cloister-atlas", team="atlas", owner="Atlas research")
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, team: str, owner: str, existing: str | None = None
    ) -> None:
        super().__init__(scope, construct_id)
        if existing is not None:
            self._id = existing
            self._arn = Stack.of(self).format_arn(service="bedrock-mantle", resource="project", resource_name=existing)
            return
        tags = [CfnTag(key="owner", value=owner), CfnTag(key="team", value=team)]
        project = mantle.CfnProject(self, "Project", name=name, tags=tags)
        self._id, self._arn = project.attr_id, project.attr_arn

    @property
    def project_id(self) -> str:
        """Id of the Project (``proj_…``)."""
        return self._id

    @property
    def arn(self) -> str:
        """ARN of the Project."""
        return self._arn

    def inference(self, *, models: Collection[str], tiers: Collection[str]) -> iam.PolicyStatement:
        """Return the right to call the given models in this Project, on the given service tiers.

        Whether a request that names no tier carries ``bedrock-mantle:ServiceTier`` is not documented. Where the team
        may use the default tier, a missing key passes, as it means that tier. Where it may not, a missing key is
        refused: otherwise leaving the field out would be a way to a tier that the team does not have.

        Parameters
        ----------
        models
            Model ids, as in ``google.gemma-4-31b``.
        tiers
            Service tiers, as in ``default``.
        """
        operator = "StringEqualsIfExists" if "default" in tiers else "StringEquals"
        conditions: dict[str, dict[str, list[str]]] = {"StringEquals": {"bedrock-mantle:Model": sorted(models)}}
        conditions.setdefault(operator, {})["bedrock-mantle:ServiceTier"] = sorted(tiers)
        return iam.PolicyStatement(
            sid="InferInOwnProject",
            actions=["bedrock-mantle:CreateInference"],
            resources=[self.arn],
            conditions=conditions,
        )

    def reading(self) -> iam.PolicyStatement:
        """Return the right to read what this Project keeps, and what its models say that they keep for it.

        https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html
        """
        return iam.PolicyStatement(
            sid="ReadOwnRetention",
            actions=["bedrock-mantle:GetModel", "bedrock-mantle:GetProject"],
            resources=[self.arn],
        )

    def grant_inference(self, role: iam.Role, *, models: Collection[str], tiers: Collection[str]) -> None:
        """Let a role call the given models in this Project; see `inference`.

        Parameters
        ----------
        role
            Who may.
        models, tiers
            As for `inference`.
        """
        role.add_to_policy(self.inference(models=models, tiers=tiers))
