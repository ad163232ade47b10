"""A deployment as the proofs see it: what the templates make, resolved once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from review.assembly import Assembly, Resource
from review.day import today
from review.iam import Document
from review.identities import Identities, document
from review.resolve import Resolver

Json = Any
Made = TypeVar("Made")
#: Types with a policy of a resource: the property that holds it, dots between its levels.
RESOURCE_POLICIES = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::DynamoDB::Table": "ResourcePolicy.PolicyDocument",
}


@dataclass(frozen=True)
class Attached:
    """A policy of a resource: where it stands, and what it says; None where there is none."""

    resource: Resource
    document: Document | None


class Deployment:
    """What a folder of templates makes.

    Parameters
    ----------
    assembly
        The templates.
    account
        The account that they are deployed to, where they do not say; None for one that they do not write.
    """

    def __init__(self, assembly: Assembly, account: str | None = None) -> None:
        self.assembly = assembly
        self.resolver = Resolver(assembly, account)
        self.identities = Identities(assembly, self.resolver)
        #: The day by which what ends with time is judged.
        self.day = today()

        self._made: dict[Any, Any] = {}

    def once(self, make: Callable[[Deployment], Made]) -> Made:
        """Return what a function makes of this deployment, made once however many ask: rules share what they read."""
        if make not in self._made:
            self._made[make] = make(self)
        found: Made = self._made[make]
        return found

    @classmethod
    def read(cls, folder: Path) -> Deployment:
        """Read a cloud assembly or a folder of templates."""
        return cls(Assembly.read(folder))

    @property
    def account(self) -> str:
        """The account that it is deployed to, or a number that stands for it."""
        return self.resolver.account

    def partition(self, resource: Resource) -> str:
        """The partition that a resource is in."""
        return self.resolver.place(resource.stack).partition

    @cached_property
    def stranger(self) -> str:
        """An account that no template writes."""
        return self.resolver.stranger(999)

    @cached_property
    def _methods(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for method in self.assembly.of_type("AWS::ApiGateway::Method"):
            found.setdefault(str(self.resolver.of(method, "RestApiId")), []).append(method)
        return found

    def methods_of(self, api: Resource) -> list[Resource]:
        """Return the methods of an API, of whichever stack."""
        return self._methods.get(self.resolver.reference(api.id, api.stack), [])

    def attached(self, *types: str) -> Iterator[Attached]:
        """Yield the resources of some types with their policies."""
        for resource in self.assembly.of_type(*types):
            name, *levels = RESOURCE_POLICIES[resource.type].split(".")
            written = self.resolver.of(resource, name)
            for level in levels:
                written = None if written is None else written[level]
            yield Attached(resource, None if written is None else document(written, resource.place))
