"""What all stacks of a deployment have in common."""

from collections.abc import Mapping

from aws_cdk import Aws, Environment, Stack, Tags
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.changes import Change
from stacks.constructs import AlarmTopic, ChangeAlarm
from stacks.policies import Names
from stacks.policies.names import BOOTSTRAP_QUALIFIER
from stacks.settings import Deployment

_ACCOUNT_ID = Aws.ACCOUNT_ID
_QUALIFIER = "@aws-cdk/core:bootstrapQualifier"


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
    shared
        Whether other stacks stand on it: CloudFormation then refuses to delete it, but in development.
    tags
        Tags of all that is in it, beside those that the company demands and in place of those of the same key.
    """

    def __init__(
        self,
        scope: Construct,
        suffix: str,
        *,
        deployment: Deployment,
        description: str,
        shared: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        # Before the parent's constructor: it asks for the zones already.
        self._zones = list(deployment.network.zones)
        super().__init__(
            scope,
            f"{deployment.name}-{suffix}",
            description=description,
            env=Environment(region=deployment.region, account=deployment.account),
            termination_protection=shared and deployment.is_protected,
        )
        #: What the stack is called, without asking CDK: each question to it is a message to another process.
        self.title = f"{deployment.name}-{suffix}"
        self.deployment = deployment
        account = deployment.account or _ACCOUNT_ID
        self.names = Names(
            name=deployment.name,
            account=account,
            region=deployment.region,
            partition=deployment.partition,
            administrators=deployment.administrator_arns(account),
            beside=deployment.beside,
            qualifier=str(self.node.try_get_context(_QUALIFIER) or BOOTSTRAP_QUALIFIER),
        )
        #: What tags all that is in the stack.
        self.labels = Tags.of(self)
        for key, value in {**deployment.company.tags, **(tags or {}), "deployment": deployment.name}.items():
            self.labels.add(key, value)
        #: ARN of the boundary that every role carries, where the settings name one.
        self.boundary = deployment.boundary_arn(account)
        if self.boundary is not None:
            policy = iam.ManagedPolicy.from_managed_policy_arn(self, "CompanyBoundary", self.boundary)
            iam.PermissionsBoundary.of(self).apply(policy)

    @property
    def own_words(self) -> list[str]:
        """Words that differ between two stacks of the same kind, in a fixed order; none of the only one."""
        return []

    @property
    def placeholders(self) -> dict[str, list[str]]:
        """What the placeholders of a register of waivers stand for in this stack, by their names."""
        owners = [self.deployment.account or "<AWS::AccountId>", self.deployment.network.subnets_account or ""]
        return {
            "deployment": [self.deployment.name],
            "partition": [self.deployment.partition],
            "region": [self.deployment.region],
            "account": [owner for owner in owners if owner],
            "team": [],
            "place": [],
            "function": [],
            "opened": [],
            "archive": [],
        }

    @property
    def key_administrators(self) -> list[str]:
        """Who may manage the keys, CloudFormation with them; nobody is named if the settings name nobody."""
        return self.names.deployers if self.names.administrators else []

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the settings, in place of CDK's own answer, which is a look-up in the account at synthesis."""
        return self._zones

    def tell_of(self, change: Change, alarms: AlarmTopic, *, name: str | None = None) -> ChangeAlarm:
        """Have a kind of change raise an alarm.

        Parameters
        ----------
        change
            The kind.
        alarms
            Who is told.
        name
            What the rule's name begins with, the deployment's if left out.
        """
        return ChangeAlarm(
            self,
            f"{''.join(part.capitalize() for part in change.id.split('-'))}Changed",
            topic=alarms,
            name=f"{name or self.deployment.name}-{change.id}-changed",
            says=f"{change.says} of {self.deployment.name}",
            detail=change.detail,
        )
