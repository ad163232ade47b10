"""What the deployment's network opens to functions of the teams' own."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from stacks.constructs import TeamQueue
from stacks.services import by_name
from stacks.team import TeamStack

__all__ = ["OpenedBucket", "OpenedQueue", "check_open"]


@dataclass(frozen=True, slots=True)
class OpenedBucket:
    """A bucket that the network leads a team's own functions to, through an endpoint whose policy names it and them.

    Attributes
    ----------
    name
        The bucket's name; its host is ``{name}.s3.{region}.amazonaws.com``.
    """

    name: str
    _stack: TeamStack

    def reading(self, prefix: str) -> list[iam.PolicyStatement]:
        """Return the right to list and read what begins with a prefix.

        Parameters
        ----------
        prefix
            As in ``incoming/``, ended by a slash so that no other name begins alike.
        """
        return [iam.PolicyStatement(actions=["s3:GetObject"], resources=[self._objects(prefix)]), *self.listing(prefix)]

    def listing(self, prefix: str) -> list[iam.PolicyStatement]:
        """Return the right to list what begins with a prefix."""
        condition = {"StringEquals": {"s3:prefix": _prefix(prefix)}}
        return [iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self._arn()], conditions=condition)]

    def writing(self, prefix: str) -> list[iam.PolicyStatement]:
        """Return the right to write what begins with a prefix."""
        return [iam.PolicyStatement(actions=["s3:PutObject"], resources=[self._objects(prefix)])]

    def _objects(self, prefix: str) -> str:
        self._stack.opened.append(f"{self.name}/{_prefix(prefix)}")
        return self._arn(f"{prefix}*")

    def _arn(self, objects: str | None = None) -> str:
        return self._stack.format_arn(service="s3", region="", account="", resource=self.name, resource_name=objects)


@dataclass(frozen=True, slots=True)
class OpenedQueue:
    """A queue that the network leads a team's own functions to, through an endpoint whose policy names it and them.

    Attributes
    ----------
    name
        The queue's name.
    made
        The queue, and what is kept aside of it, where the team's class makes it; `None` of one that is there already.
    """

    name: str
    _stack: TeamStack
    made: TeamQueue | None = None

    @property
    def endpoint(self) -> str:
        """Base URL that SQS is called by, which an SDK is given: ``boto3.client("sqs", endpoint_url=…)``."""
        return f"https://{self._stack.platform.network.host('sqs') or self._usual}"

    @property
    def url(self) -> str:
        """The queue's URL, by which requests name it: of the service's own host, whatever it is called by."""
        return f"https://{self._usual}/{self._stack.account}/{self.name}"

    @property
    def aside(self) -> sqs.IQueue:
        """Where messages are kept that nobody could handle, for an alarm on how many there are.

        Raises
        ------
        ValueError
            When the class does not make the queue.
        """
        if self.made is None:
            raise ValueError(f"the queue {self.name!r} is not made here: what is kept aside is its owner's to know")
        return self.made.aside

    def sending(self) -> list[iam.PolicyStatement]:
        """Return the right to send messages."""
        return [iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self._arn])]

    def receiving(self) -> list[iam.PolicyStatement]:
        """Return the right to receive messages, and to delete those that are dealt with."""
        return [iam.PolicyStatement(actions=["sqs:DeleteMessage", "sqs:ReceiveMessage"], resources=[self._arn])]

    @property
    def _usual(self) -> str:
        (host,) = by_name("sqs").names(self._stack.region)
        return host

    @property
    def _arn(self) -> str:
        return self._stack.format_arn(service="sqs", resource=self.name)


def check_open(stack: TeamStack, kind: str, name: str) -> None:
    """Check that the deployment's network opens something to a team.

    Parameters
    ----------
    stack
        The stack of the team that asks.
    kind, name
        What it asks for: ``bucket`` or ``queue``, and its name.

    Raises
    ------
    ValueError
        When it does not; the setting to add is in the message.
    """
    team = stack.team.name
    if (name, team) not in [(getattr(entry, kind), entry.team) for entry in stack.deployment.extensions]:
        raise ValueError(
            f"the network does not lead team {team} to the {kind} {name!r}: add "
            f"'- {{{kind}: {name}, team: {team}}}' below 'extensions:' in cloister.yaml"
        )


def _prefix(prefix: str) -> str:
    if not prefix.endswith("/") or "*" in prefix or "?" in prefix:
        raise ValueError(f"found the prefix {prefix!r}; needs one that ends with '/', without '*' and '?'")
    return prefix
