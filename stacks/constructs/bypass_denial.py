"""A managed policy by which other roles of the account are kept off the models."""

from collections.abc import Sequence

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.policies import Names, bypass, documents
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
    beside
        Names of other deployments in the same account and Region.
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
        beside: Sequence[str] = (),
        qualifier: str = BOOTSTRAP_QUALIFIER,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        administrators = tuple(administrators)
        names = Names(
            name=name,
            account=stack.account,
            region=stack.region,
            partition=stack.partition,
            administrators=administrators,
            beside=tuple(beside),
            qualifier=qualifier,
        )
        #: One policy, or more where one would be larger than IAM takes; a role is to carry all of them.
        self.policies = [
            iam.ManagedPolicy(
                self,
                f"Policy{number or ''}",
                description=f"No way to a model but the proxies of {name}",
                path=f"/cloister/{name}/",
                statements=[iam.PolicyStatement.from_json(statement) for statement in part],
            )
            for number, part in enumerate(documents.parts(bypass(names), _longest(stack)))
        ]

    @property
    def arns(self) -> list[str]:
        """ARNs of the policies."""
        return [policy.managed_policy_arn for policy in self.policies]

    def bind(self, role: iam.IRole) -> None:
        """Make a role carry the denials.

        Parameters
        ----------
        role
            Any role but a proxy's.
        """
        for policy in self.policies:
            role.add_managed_policy(policy)


def _longest(stack: Stack) -> dict[str, str]:
    """Return what stands for account, Region and partition while they are not known, and each at its longest."""
    longest = {stack.account: "1" * 12, stack.region: "x" * len("ap-southeast-99"), stack.partition: "aws-us-gov"}
    return {unknown: known for unknown, known in longest.items() if Token.is_unresolved(unknown)}
