"""The callers' side: what a role needs in order to call one team's API, and nothing beside it."""

from functools import cached_property

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.api import STAGE

_METHODS = ("GET", "POST")


class TeamAccess(Construct):
    """A managed policy that lets whoever carries it call one private API, with the methods that it has.

    It is for callers who sign with AWS Signature Version 4; the API's resource policy must name them as well. A role of
    another account cannot carry it, and is given the same statement in its own account.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    api_id
        Id of the API.
    team
        Name of the team.
    path
        IAM path of the policy.
    stage
        Stage of the API.

    Example
    -------
    >>> access = TeamAccess(stack, "Access", api_id="a1b2c3d4e5", team="beacon")
    >>> caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    >>> access.grant(caller)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api_id: str,
        team: str,
        path: str = "/",
        stage: str = STAGE,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=f"Call the private inference API of team {team}",
            path=path,
            statements=[
                iam.PolicyStatement(
                    sid="CallOwnApi",
                    actions=["execute-api:Invoke"],
                    resources=[
                        stack.format_arn(service="execute-api", resource=api_id, resource_name=f"{stage}/{method}/*")
                        for method in _METHODS
                    ],
                )
            ],
        )

    @cached_property
    def arn(self) -> str:
        """ARN of the policy."""
        return self.policy.managed_policy_arn

    def grant(self, role: iam.IRole) -> None:
        """Let a role carry the policy.

        Parameters
        ----------
        role
            Who may call.
        """
        role.add_managed_policy(self.policy)
