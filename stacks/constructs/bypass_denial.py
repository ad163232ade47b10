"""A managed policy by which other roles of the account are kept off the models."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.policies import Names, bypass
from stacks.policies.names import BOOTSTRAP_QUALIFIER


class BypassDenial(Construct):
    """The denials of `stacks.policies.bypass` as a managed policy, for roles that are not proxies to carry.

    It grants nothing. It is what an account can do by itself; a service control policy of the same statements binds
    every principal of the account, and is not taken off by whoever may detach a policy.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    name
        Name of the deployment.
    administrators
        ARNs of the roles that may change the deployment by hand.
    qualifier
        The qualifier that the account was bootstrapped with.

    Example
    -------
    >>> denial = BypassDenial(stack, "BypassDenial", name="Cloister")
    >>> developers = iam.Role(stack, "Developers", assumed_by=iam.AccountRootPrincipal())
    >>> denial.bind(developers)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        administrators: Sequence[str] = (),
        qualifier: str = BOOTSTRAP_QUALIFIER,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        names = Names(
            name=name,
            account=stack.account,
            region=stack.region,
            partition=stack.partition,
            administrators=tuple(administrators),
            qualifier=qualifier,
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=f"No way to a model but the proxies of {name}",
            path=f"/cloister/{name}/",
            statements=[iam.PolicyStatement.from_json(statement) for statement in bypass(names)],
        )

    @property
    def arn(self) -> str:
        """ARN of the policy."""
        return self.policy.managed_policy_arn

    def bind(self, role: iam.IRole) -> None:
        """Make a role carry the denials.

        Parameters
        ----------
        role
            Any role but a proxy's.
        """
        role.add_managed_policy(self.policy)
