"""The principals that templates make, each with every policy that is its own: attached, inline, or its boundary."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from review import managed
from review.assembly import Assembly, Resource
from review.iam import Document, PolicyError, Principal, Statement, read
from review.resolve import Resolver, UnreadableError

Json = Any
#: Types that are a principal, and types that put a policy to one.
PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
INLINE = {"AWS::IAM::RolePolicy": "RoleName", "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}
_PART = re.compile(
    r"arn:[a-z-]+:iam::[^:/]+:role/cloister/[^/]+/(?:(?P<part>proxy|authorizer)|(?P<own>extension)/[^/]+)/[^/]+"
)
_LISTS = ("Roles", "Users", "Groups")


@dataclass(frozen=True)
class Identity:
    """A role, user or group of the templates.

    Attributes
    ----------
    resource
        Where it is.
    arn
        Its ARN, with marks for what is made up later.
    policies, boundary
        What it may do, and no more than which; None without a boundary.
    trust
        Who takes it on, of a role.
    """

    resource: Resource
    arn: str
    policies: tuple[Document, ...]
    boundary: Document | None
    trust: Document | None

    @property
    def principal(self) -> Principal:
        """The identity as it asks; a group as a member of it."""
        arn = self.arn.replace(":group/", ":user/")
        return Principal.parse(arn)

    @property
    def part(self) -> str:
        """What of the kit a role is for, by its path: ``proxy``, ``authorizer``, ``extension``; empty for others."""
        found = _PART.fullmatch(self.arn)
        return (found["part"] or found["own"]) if found else ""

    @property
    def groups(self) -> list[list[Statement]]:
        """Of each kind of policy, the statements of which one has to allow."""
        return [
            _of(documents, "Allow") for documents in (self.policies, *([(self.boundary,)] if self.boundary else []))
        ]

    @property
    def denials(self) -> list[Statement]:
        """The statements of which each denies."""
        return _of((*self.policies, *([self.boundary] if self.boundary else [])), "Deny")

    @property
    def services(self) -> list[str]:
        """The services that take a role on."""
        statements = self.trust.statements if self.trust else ()
        return [name for s in statements if s.principals for name in s.principals.kinds.get("Service", ())]


def _of(documents: tuple[Document, ...], effect: str) -> list[Statement]:
    return [statement for document in documents for statement in document.statements if statement.effect == effect]


class Identities:
    """All principals of an assembly.

    Raises
    ------
    UnreadableError
        When they are asked for, if a policy of one cannot be read.
    """

    def __init__(self, assembly: Assembly, resolver: Resolver) -> None:
        self._assembly = assembly
        self._resolver = resolver

    @cached_property
    def all(self) -> list[Identity]:
        """Every role, user and group, and whoever comes to have a policy that the templates attach to nobody."""
        policies = self._assembly.of_type(*ATTACHED, *INLINE)
        return [
            *(self._identity(resource) for resource in self._assembly.of_type(*PRINCIPALS)),
            *(self._holder(policy) for policy in policies if self._loose(policy)),
        ]

    def _loose(self, policy: Resource) -> bool:
        """Whether a policy is, or comes to be, of somebody whom no template here makes."""
        if policy.type in INLINE:
            return self._resolver.text(policy, INLINE[policy.type]) not in self._names
        attached = [name for kind in _LISTS for name in self._resolver.of(policy, kind) or []]
        if any(name not in self._names for name in attached):
            return True
        waits = policy.type == "AWS::IAM::ManagedPolicy" and not attached
        return waits and self._resolver.arn(policy, "PolicyArn") not in self._named

    @cached_property
    def _names(self) -> set[str]:
        """What the principals of the templates are called."""
        return {self._resolver.reference(r.id, r.stack) for r in self._assembly.of_type(*PRINCIPALS)}

    @cached_property
    def _named(self) -> set[str]:
        """ARNs of the policies that principals name, as their boundary too."""
        found: set[str] = set()
        for resource in self._assembly.of_type(*PRINCIPALS):
            found.update(self._resolver.of(resource, "ManagedPolicyArns") or [])
            found.add(self._resolver.text(resource, "PermissionsBoundary") or "")
        return found

    def _holder(self, policy: Resource) -> Identity:
        whole = document(self._resolver.of(policy, "PolicyDocument"), policy.place)
        place = self._resolver.place(policy.stack)
        return Identity(policy, place.arn("iam", f"role/holder-of-{policy.id}", regional=False), (whole,), None, None)

    @cached_property
    def roles(self) -> dict[str, Identity]:
        """The roles by ARN."""
        return {identity.arn: identity for identity in self.all if identity.resource.type == "AWS::IAM::Role"}

    def _identity(self, resource: Resource) -> Identity:
        kind = resource.type.rpartition("::")[2].lower()
        arn = self._resolver.arn(resource) if kind != "group" else self._group(resource)
        boundary = self._resolver.text(resource, "PermissionsBoundary")
        trust = self._resolver.of(resource, "AssumeRolePolicyDocument")
        return Identity(
            resource,
            arn,
            tuple(self._policies(resource)),
            self._boundary(boundary),
            document(trust, f"{resource.place} (trust policy)") if trust is not None else None,
        )

    def _group(self, resource: Resource) -> str:
        place = self._resolver.place(resource.stack)
        return place.arn("iam", f"group/{self._resolver.reference(resource.id, resource.stack)}", regional=False)

    def _policies(self, resource: Resource) -> Iterator[Document]:
        for inline in self._resolver.of(resource, "Policies") or []:
            yield document(inline["PolicyDocument"], f"{resource.place} ({inline.get('PolicyName')})")
        for arn in self._resolver.of(resource, "ManagedPolicyArns") or []:
            yield self._managed(arn, resource)
        name = self._resolver.reference(resource.id, resource.stack)
        for policy in self._attached[name]:
            yield document(self._resolver.of(policy, "PolicyDocument"), policy.place)

    @cached_property
    def _attached(self) -> dict[str, list[Resource]]:
        """The policies by the name of the principal that they are put to."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for policy in self._assembly.of_type(*ATTACHED):
            for kind in _LISTS:
                for name in self._resolver.of(policy, kind) or []:
                    found[name].append(policy)
        for policy in self._assembly.of_type(*INLINE):
            name = self._resolver.text(policy, INLINE[policy.type])
            if name is None:
                raise UnreadableError(f"{policy.place} has no {INLINE[policy.type]}")
            found[name].append(policy)
        return found

    @cached_property
    def _own_managed(self) -> dict[str, Resource]:
        return {self._resolver.arn(r, "PolicyArn"): r for r in self._assembly.of_type("AWS::IAM::ManagedPolicy")}

    def _boundary(self, arn: str | None) -> Document | None:
        """A boundary's text; None where it is not known: without it a role may more, never less."""
        if arn is None or (arn not in self._own_managed and managed.text_of(arn) is None):
            return None
        own = self._own_managed.get(arn)
        if own is not None:
            return document(self._resolver.of(own, "PolicyDocument"), own.place)
        return document(managed.text_of(arn), arn)

    def _managed(self, arn: str, resource: Resource) -> Document:
        own = self._own_managed.get(arn)
        if own is not None:
            return document(self._resolver.of(own, "PolicyDocument"), own.place)
        text = managed.text_of(arn)
        if text is None:
            raise UnreadableError(
                f"{resource.place} has the policy {arn}, whose text is in no template and not known here"
            )
        return document(text, arn)


def document(written: Json, name: str) -> Document:
    """Read a policy document of a template.

    Raises
    ------
    UnreadableError
        If it is none.
    """
    try:
        return read(written, name)
    except PolicyError as wrong:
        raise UnreadableError(str(wrong)) from None
