"""What the deployment's network opens to functions of the teams' own, and what such a function is made of."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_iam as iam

from stacks.team import TeamStack

__all__ = ["OpenedBucket", "opened"]


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


def opened(stack: TeamStack, service: str, bucket: str) -> OpenedBucket:
    """Return what a team's class asks for, if the deployment's network opens it.

    Parameters
    ----------
    stack
        The stack of the team that asks.
    service, bucket
        What it asks for.

    Raises
    ------
    ValueError
        When it does not; the setting to add is in the message.
    """
    if service != "s3":
        raise ValueError(f"the network opens 's3' to a team's own functions, and nothing called {service!r}")
    team = stack.team.name
    if (bucket, team) not in [(entry.bucket, entry.team) for entry in stack.deployment.extensions]:
        raise ValueError(
            f"the network does not lead team {team} to the bucket {bucket!r}: add "
            f"'- {{bucket: {bucket}, team: {team}}}' below 'extensions:' in cloister.yaml"
        )
    return OpenedBucket(bucket, stack)


def _prefix(prefix: str) -> str:
    if not prefix.endswith("/") or "*" in prefix or "?" in prefix:
        raise ValueError(f"found the prefix {prefix!r}; needs one that ends with '/', without '*' and '?'")
    return prefix
