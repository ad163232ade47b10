"""What IAM decides of a request, by all policies that apply to it.

The order is AWS's own: a denial anywhere; what the organisation lets through; the resource's policy; the identity's,
within its boundary and its session. What cannot be decided for sure is said to be so.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
and, between accounts,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from review.iam import special
from review.iam.document import Document, Effect, Statement
from review.iam.matching import Use, applying
from review.iam.principal import Kind, Reach
from review.iam.request import Request
from review.iam.service import RCP_SERVICES
from review.iam.truth import Doubt, Truth, every, some


class Verdict(Enum):
    """What comes of a request."""

    ALLOWED = "allowed"
    IMPLICITLY_DENIED = "implicitly-denied"
    EXPLICITLY_DENIED = "explicitly-denied"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Policies:
    """All policies that apply to a request.

    Attributes
    ----------
    identity
        Of the principal, and of its groups.
    resource
        Of the resource; None if it has none. For `sts:AssumeRole` the role's trust policy.
    boundaries
        The principal's permissions boundary; none if it has none.
    sessions
        Session policies, each of which has to allow.
    scps
        Service control policies of each level above the principal's account, root first; none outside an organisation.
    rcps
        Resource control policies of all levels above the resource's account. The one that AWS attaches itself, which
        allows everything, goes without saying.
    endpoints
        Policies of the endpoint that the request comes through; none if it comes through none.
    """

    identity: Sequence[Document] = ()
    resource: Document | None = None
    boundaries: Sequence[Document] = ()
    sessions: Sequence[Document] = ()
    scps: Sequence[Sequence[Document]] = ()
    rcps: Sequence[Document] = ()
    endpoints: Sequence[Document] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, and by what.

    Attributes
    ----------
    verdict
        What comes of the request.
    why
        A sentence: the statement that decides, what does not allow, or what is not known.
    statements
        The statements that deny, or those that allow.
    """

    verdict: Verdict
    why: str
    statements: tuple[Statement, ...] = ()

    def __str__(self) -> str:
        """As `python -m review decide` prints it."""
        return f"unsupported: {self.why}" if self.verdict is Verdict.UNSUPPORTED else self.verdict.value


def decide(request: Request, policies: Policies) -> Decision:
    """Decide a request.

    Example
    -------
    >>> from review.iam.document import read
    >>> from review.iam.principal import Principal
    >>> ann = Principal.parse("arn:aws:iam::111122223333:user/ann")
    >>> read_all = read({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}, "reader")
    >>> str(decide(Request(ann, "s3:GetObject", "arn:aws:s3:::b/k"), Policies(identity=[read_all])))
    'allowed'
    """
    return _Case(request, policies).decision()


class _Case:
    """A request with its policies, while it is being decided."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.request = request
        self.policies = policies
        self.who = request.principal
        self.bounded = bool(policies.boundaries)
        self.resource_use = Use.TRUST if special.asks_for_a_role(request) else Use.RESOURCE

    def decision(self) -> Decision:
        exempt = special.not_modelled(self.request) or special.always_allowed(
            self.request, bool(self.policies.endpoints)
        )
        if isinstance(exempt, Doubt):
            return Decision(Verdict.UNSUPPORTED, exempt.reason)
        if exempt:
            return Decision(Verdict.ALLOWED, f"{self.request.action} needs no permission")
        denials = [found for use, documents in self._documents() for found in self._statements(documents, "Deny", use)]
        certain = tuple(statement for statement, truth in denials if truth is True)
        if certain:
            return Decision(Verdict.EXPLICITLY_DENIED, f"denied by {certain[0].place}", certain)
        doubts = [truth for _, truth in denials if isinstance(truth, Doubt)]
        allowed = self._allowed()
        if allowed is False:
            # A denial that is in doubt decides between two words for no.
            if doubts:
                return Decision(Verdict.UNSUPPORTED, f"denied, but how is in doubt: {doubts[0].reason}")
            return Decision(Verdict.IMPLICITLY_DENIED, "nothing allows it")
        if doubts:
            return Decision(Verdict.UNSUPPORTED, doubts[0].reason)
        if isinstance(allowed, Doubt):
            return Decision(Verdict.UNSUPPORTED, allowed.reason)
        return Decision(Verdict.ALLOWED, "allowed", tuple(self._allowances()))

    # ---- which documents apply ----

    def _documents(self) -> list[tuple[Use, Sequence[Document]]]:
        found: list[tuple[Use, Sequence[Document]]] = [
            (self.resource_use, [self.policies.resource] if self.policies.resource else []),
            (Use.RCP, self.policies.rcps),
            (Use.ENDPOINT, self.policies.endpoints),
        ]
        if self.who.of_iam:
            found += [
                (Use.IDENTITY, self.policies.identity),
                (Use.BOUNDARY, self.policies.boundaries),
                (Use.SESSION, self.policies.sessions),
                (Use.SCP, [document for level in self.policies.scps for document in level]),
            ]
        return found

    def _statements(
        self, documents: Sequence[Document], effect: Effect, use: Use, reach: Reach = Reach.ACCOUNT
    ) -> list[tuple[Statement, Truth]]:
        found = applying(documents, effect, self.request, use, reach=reach, bounded=self.bounded)
        if use is Use.SCP and self.who.service_linked:
            return []
        if use is Use.RCP and self.request.service not in RCP_SERVICES:
            reason = f"whether resource control policies reach {self.request.service} is not known here"
            return [(statement, Doubt(reason)) for statement, _ in found]
        return found

    def _allows(self, documents: Sequence[Document], use: Use, reach: Reach = Reach.ACCOUNT) -> Truth:
        return some(truth for _, truth in self._statements(documents, "Allow", use, reach))

    # ---- what allows ----

    def _allowed(self) -> Truth:
        return every([self._organisation(), self._endpoint(), special.may_be_changed(self.request), self._granted()])

    def _organisation(self) -> Truth:
        if not self.who.of_iam or self.who.service_linked:
            return True
        return every(self._allows(level, Use.SCP) for level in self.policies.scps)

    def _endpoint(self) -> Truth:
        return every(self._allows([document], Use.ENDPOINT) for document in self.policies.endpoints)

    def _granted(self) -> Truth:
        directly = self._by_resource(Reach.ITSELF)
        if not self.who.of_iam:
            return directly
        if self.who.kind is Kind.ROOT:
            return self._by_root(directly)
        identity = every([self._allows(self.policies.identity, Use.IDENTITY), self._within()])
        if self.request.cross_account:
            return every([identity, self._by_resource(Reach.ACCOUNT)])
        if special.needs_resource_policy(self.request):
            identity = every([identity, self._by_resource(Reach.ACCOUNT)])
        role = every([self._by_resource(Reach.ROLE), self._within()])
        return some([identity, role, self._apart(directly)])

    def _by_resource(self, reach: Reach) -> Truth:
        document = self.policies.resource
        return False if document is None else self._allows([document], self.resource_use, reach)

    def _within(self) -> Truth:
        """Whether boundary and session let it through; of several boundaries, of which a principal has one, all."""
        return every(
            [
                *(self._allows([document], Use.BOUNDARY) for document in self.policies.boundaries),
                *(self._allows([document], Use.SESSION) for document in self.policies.sessions),
            ]
        )

    def _apart(self, directly: Truth) -> Truth:
        """What a resource's policy gives to the very principal, which no boundary limits.

        The documentation says the same of session policies, and is contradicted where it was tried.
        """
        session = every(self._allows([document], Use.SESSION) for document in self.policies.sessions)
        if directly is True and session is not True:
            return Doubt("whether a session policy limits what a resource's policy gives to the session itself")
        return directly

    def _by_root(self, directly: Truth) -> Truth:
        if self.request.cross_account or special.needs_resource_policy(self.request):
            return directly if directly is not False else Doubt("what an account's root user may do elsewhere")
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html: it has full access to its own account.
        return True

    def _allowances(self) -> list[Statement]:
        return [
            statement
            for use, documents in self._documents()
            for statement, truth in self._statements(documents, "Allow", use)
            if truth is True
        ]
