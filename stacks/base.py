"""What all stacks of a deployment have in common."""

from aws_cdk import Environment, Stack, Tags
from constructs import Construct

from stacks.settings import Deployment


class CloisterStack(Stack):
    """A stack named after its deployment, bound to the deployment's Region and, where it is set, account.

    Parameters
    ----------
    scope
        The app.
    suffix
        Name of the stack after the deployment's.
    deployment
        The settings of the deployment.
    description
        What the stack is for, as CloudFormation shows it.
    """

    def __init__(self, scope: Construct, suffix: str, *, deployment: Deployment, description: str) -> None:
        # Before the parent's constructor: it asks for the zones already.
        self._zones = list(deployment.network.zones)
        super().__init__(
            scope,
            f"{deployment.name}-{suffix}",
            description=description,
            env=Environment(region=deployment.region, account=deployment.account),
        )
        self.deployment = deployment
        Tags.of(self).add("deployment", deployment.name)

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the settings, in place of CDK's own answer, which is a look-up in the account at synthesis."""
        return self._zones
