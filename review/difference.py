"""What a change lets principals do that they could not, and what it takes from them, each with a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from review.assembly import Assembly, Resource
from review.deployment import RESOURCE_POLICIES, Attached, Deployment
from review.iam import Document, Policies, Principal, Request, Statement, Verdict, decide, read, service
from review.iam.execute_api import read_completed
from review.iam.matching import Use, applying
from review.iam.principal import Kind, Reach
from review.identities import Identity
from review.proof.ask import derived, described, statements
from review.proof.claim import ProverError
from review.proof.outsiders import ANONYMOUS, about
from review.proof.search import Found, Question, actions_matching, find_each
from review.resolve import UnreadableError

Json = Any
_ARN = "aws:PrincipalArn"
_SOMEBODY = ":role/somebody"


@dataclass(frozen=True)
class Change:
    """A kind of request that one side lets through and the other does not.

    Attributes
    ----------
    where
        Whose policy.
    who
        Who asks.
    found
        One such request.
    actions
        All actions of its kind.
    statement
        The statement that lets it through, of the side that does.
    """

    where: str
    who: str
    found: Found
    actions: tuple[str, ...]

    @property
    def words(self) -> str:
        """The change in a sentence, without its direction.

        Example
        -------
        >>> Change("Team/Role", "Team/Role", Found("sqs:SendMessage", "*", {}, ()), ("sqs:SendMessage",)).words
        'Team/Role: sqs:SendMessage on *'
        """
        more = f" (and {len(self.actions) - 1} more actions like it)" if len(self.actions) > 1 else ""
        who = "" if self.who == self.where else f"{self.who}: "
        return f"{self.where}: {who}{self.found.action}{more} on {self.found.resource}{described(self.found)}"

    def as_json(self) -> Json:
        """The change for programs."""
        return {
            "where": self.where,
            "who": self.who,
            "actions": list(self.actions),
            "resource": self.found.resource,
            "context": {key: list(values) for key, values in self.found.context.items()},
            "statement": self.found.statements[0].place,
        }


@dataclass(frozen=True)
class Difference:
    """Two deployments compared.

    Parameters
    ----------
    old, new
        The deployments.
    """

    old: Deployment
    new: Deployment

    @classmethod
    def of(cls, old: Assembly, new: Assembly) -> Difference:
        """Compare two assemblies, as deployed to one account."""
        account = Deployment(Assembly([*_apart(old, "old"), *_apart(new, "new")])).account
        return cls(Deployment(old, account), Deployment(new, account))

    def wider(self) -> list[Change]:
        """What the new side lets through, and the old one does not."""
        return list(_beyond(self.new, self.old))

    def narrower(self) -> list[Change]:
        """What the old side lets through, and the new one does not."""
        return list(_beyond(self.old, self.new))


def _apart(assembly: Assembly, name: str) -> list[Any]:
    return [replace(template, stack=f"{name} {template.stack}") for template in assembly.templates]


def _beyond(one: Deployment, other: Deployment) -> Iterator[Change]:
    theirs = {(i.resource.place, i.resource.type): i for i in other.identities.all}
    for identity in one.identities.all:
        yield from _identity(one, identity, theirs.get((identity.resource.place, identity.resource.type)))
    yield from _trusts(one, theirs)
    documents = {attached.resource.place: _document(other, attached) for attached in _attached(other)}
    for attached in _attached(one):
        place = attached.resource.place
        mine, yours = _document(one, attached), documents.get(place)
        everything = _everything(one, attached)
        yours = yours or everything if place in documents else _NONE
        yield from _policy(one, attached.resource, place, mine or everything, yours)


# ---- principals: their own policies ----


def _identity(deployment: Deployment, mine: Identity, yours: Identity | None) -> Iterator[Change]:
    if yours is not None and _same(mine, yours):
        return
    for statement in mine.groups[0]:
        if yours is not None and statement.place and _unchanged(statement, mine, yours):
            continue
        groups = [[statement], *mine.groups[1:]]
        for found, actions in _not_allowed(deployment, mine, groups, yours):
            _confirm(found, mine, yours)
            yield Change(mine.resource.place, mine.resource.place, found, tuple(actions))


def _same(mine: Identity, yours: Identity) -> bool:
    return [d.written for d in mine.policies] == [d.written for d in yours.policies] and (
        (mine.boundary and mine.boundary.written) == (yours.boundary and yours.boundary.written)
    )


def _unchanged(statement: Statement, mine: Identity, yours: Identity) -> bool:
    """Whether a statement is there on the other side too, under the same boundary and denials."""
    like = replace(statement, place="")
    same_limits = (mine.boundary and mine.boundary.written) == (yours.boundary and yours.boundary.written)
    denied = {replace(s, place="") for s in yours.denials} <= {replace(s, place="") for s in mine.denials}
    return same_limits and denied and like in {replace(s, place="") for s in yours.groups[0]}


def _not_allowed(
    deployment: Deployment, mine: Identity, groups: list[list[Statement]], yours: Identity | None
) -> Iterator[tuple[Found, list[str]]]:
    """Requests of some groups that the other side does not allow: nothing allows them, or something denies."""
    ways: list[tuple[list[list[Statement]], list[Statement]]] = [([], [])]
    if yours is not None:
        ways = [([], group) for group in yours.groups]
        if yours.denials:
            ways.append(([yours.denials], []))
    seen: set[str] = set()
    for more, without in ways:
        question = Question(
            who=mine.principal,
            groups=[*groups, *more],
            without=[*mine.denials, *without],
            actions=actions_matching(groups[0]),
            partition=deployment.partition(mine.resource),
            fixed=derived(mine.principal),
        )
        for found, actions in find_each(question):
            fresh = [name for name in actions if name not in seen]
            seen.update(fresh)
            if fresh:
                yield found, fresh


def _confirm(found: Found, mine: Identity, yours: Identity | None) -> None:
    """Have the evaluator decide a request on both sides."""
    sides = [(mine, True), *([(yours, False)] if yours is not None else [])]
    for identity, expected in sides:
        keys = derived(mine.principal)
        given = {key: values for key, values in found.context.items() if key.lower() not in keys}
        policies = Policies(
            identity=identity.policies,
            boundaries=[identity.boundary] if identity.boundary else [],
            resource=_delegating(found, mine.principal),
        )
        decision = decide(Request(mine.principal, found.action, found.resource, given), policies)
        if (decision.verdict is Verdict.ALLOWED) is not expected or decision.verdict is Verdict.UNSUPPORTED:
            raise ProverError(f"{found.action} on {found.resource}: the evaluator says {decision}")


def _delegating(found: Found, who: Principal) -> Document:
    statement = {"Principal": {"AWS": who.account}, "Action": found.action}
    written = {**statement, **({} if found.action.startswith("sts:AssumeRole") else {"Resource": "*"})}
    return read({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **written}}, "the resource's policy")


# ---- resources: who is let in ----

_NONE = Document("none")


def _attached(deployment: Deployment) -> Iterator[Attached]:
    return deployment.attached(*RESOURCE_POLICIES)


def _document(deployment: Deployment, attached: Attached) -> Document | None:
    resource, document = attached.resource, attached.document
    if document is None or resource.type != "AWS::ApiGateway::RestApi":
        return document
    own = deployment.resolver.reference(resource.id, resource.stack)
    return read_completed(
        document.written, deployment.resolver.place(resource.stack).arn("execute-api", own), document.name
    )


def _trusts(one: Deployment, theirs: dict[tuple[str, str], Identity]) -> Iterator[Change]:
    for arn, role in one.identities.roles.items():
        yours = theirs.get((role.resource.place, role.resource.type))
        if role.trust is not None:
            trust = yours.trust if yours is not None and yours.trust is not None else _NONE
            yield from _policy(one, role.resource, f"{role.resource.place} (trust)", role.trust, trust, role=arn)


def _policy(
    deployment: Deployment, resource: Resource, place: str, mine: Document, yours: Document, role: str | None = None
) -> Iterator[Change]:
    if mine.written == yours.written:
        return
    use = Use.TRUST if role is not None else Use.RESOURCE
    allows = [s for s in mine.statements if s.effect == "Allow"]
    for who in _askers(deployment, resource, mine, yours):
        seen: set[str] = set()
        admits = about(yours, "Allow", who)
        denies = about(yours, "Deny", who)
        for more, without in [([], admits), *([([denies], [])] if denies else [])]:
            for found, actions in _admitted(deployment.partition(resource), who, mine, allows, more, without):
                fresh = [name for name in actions if name not in seen]
                seen.update(fresh)
                if fresh:
                    shown = found if role is None else replace(found, resource=role)
                    name = _asker(who, found)
                    _confirm_admitted(shown, name, mine, yours, use)
                    yield Change(place, name or "anybody without credentials", shown, tuple(fresh))


#: Endpoints of a service that IAM knows by another prefix.
_PREFIXES = {"bedrock-runtime": "bedrock", "bedrock-agent": "bedrock", "bedrock-agent-runtime": "bedrock"}


def _everything(deployment: Deployment, attached: Attached) -> Document:
    """What a resource without a policy lets through: an endpoint every action of its service, others nothing."""
    if attached.resource.type != "AWS::EC2::VPCEndpoint":
        return _NONE
    name = (deployment.resolver.text(attached.resource, "ServiceName") or "").rpartition(".")[2]
    prefix = _PREFIXES.get(name, name)
    if not service.actions_of(prefix):
        raise UnreadableError(
            f"{attached.resource.place} has no policy, and is an endpoint of {name!r}, which IAM has not"
        )
    written = f"every action of {prefix}"
    return Document(written, tuple(statements({"Action": f"{prefix}:*", "Principal": "*"})), written)


def _askers(deployment: Deployment, resource: Resource, *documents: Document) -> list[Principal]:
    """Everybody that matters: callers without credentials, roles of each account that is named or not, services."""
    accounts = {deployment.account, deployment.stranger}
    services: set[str] = set()
    for document in documents:
        for statement in document.statements:
            kinds = statement.principals.kinds if statement.principals else {}
            services.update(kinds.get("Service", ()))
            for name in kinds.get("AWS", ()):
                if name != "*":
                    accounts.add(Principal.parse(name).account or deployment.account)
    roles = [Principal.parse(f"arn:{deployment.partition(resource)}:iam::{a}:role/somebody") for a in sorted(accounts)]
    named = [
        Principal.parse(name)
        for document in documents
        for statement in document.statements
        for name in (statement.principals.kinds.get("AWS", ()) if statement.principals else ())
        if name != "*"
    ]
    exact = [who for who in dict.fromkeys(named) if who.kind is not Kind.ROOT]
    return [ANONYMOUS, *roles, *exact, *(Principal.parse(name) for name in sorted(services))]


def _admitted(
    partition: str,
    who: Principal,
    mine: Document,
    allows: Sequence[Statement],
    more: list[list[Statement]],
    without: list[Statement],
) -> Iterator[tuple[Found, list[str]]]:
    keys = derived(who)
    like: list[list[Statement]] = []
    if who.name.endswith(_SOMEBODY):
        # Any role of the account: its ARN is what a condition asks of it.
        pattern = who.name.removesuffix("somebody") + "?*"
        like = [statements({"Action": "*", "Condition": {"ArnLike": {_ARN: pattern}}})]
        keys = {key: values for key, values in keys.items() if key != _ARN.lower()}
    question = Question(
        who=who,
        groups=[about(mine, "Allow", who), *like, *more],
        without=[*about(mine, "Deny", who), *without],
        actions=actions_matching(allows),
        partition=partition,
        fixed=keys,
    )
    yield from find_each(question)


def _asker(who: Principal, found: Found) -> str:
    arn = next((values[0] for key, values in found.context.items() if key.lower() == _ARN.lower()), who.name)
    return arn if who.name.endswith(_SOMEBODY) else who.name


def _confirm_admitted(found: Found, name: str, mine: Document, yours: Document, use: Use) -> None:
    who = Principal.parse(name or "anonymous")
    keys = derived(who)
    given = {key: values for key, values in found.context.items() if key.lower() not in keys}
    request = Request(who, found.action, found.resource, given, owner=who.account)
    for document, expected in ((mine, True), (yours, False)):
        found_of = {
            effect: [t for _, t in applying([document], effect, request, use, reach=Reach.ACCOUNT, bounded=False)]
            for effect in ("Allow", "Deny")
        }
        admits = any(t is True for t in found_of["Allow"]) and not any(t is not False for t in found_of["Deny"])
        if admits is not expected:
            raise ProverError(f"{found.action} on {found.resource} by {name}: the evaluator disagrees")
