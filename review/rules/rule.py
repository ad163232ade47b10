"""A rule: what it asks of a resource, why, and which controls of which frameworks it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import RULE, Finding, Status
from review.resolve import UnreadableError
from review.rules.frameworks import FRAMEWORKS, KNOWN

Severity = Literal["critical", "high", "medium", "low"]

Controls = Mapping[str, tuple[str, ...]]


def controls(**named: str) -> Controls:
    """Return identifiers of controls by framework.

    Raises
    ------
    ValueError
        If a framework is not known, is given no identifiers, or has none of that name.

    Example
    -------
    >>> controls(nist="SC-7 SC-7(5)", soc2="CC6.6")
    {'nist': ('SC-7', 'SC-7(5)'), 'soc2': ('CC6.6',)}
    """
    found = {name: tuple(texts.split()) for name, texts in named.items()}
    wrong = [name for name, ids in found.items() if name not in FRAMEWORKS or not ids]
    wrong += [f"{name} {id}" for name, ids in found.items() for id in ids if id not in KNOWN.get(name, ids)]
    if wrong:
        raise ValueError(f"no framework, or no control of it: {', '.join(wrong)}")
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a rule for one resource, or for the whole deployment.

    Attributes
    ----------
    where
        `STACK/LOGICAL-ID`, or what else it is about.
    status
        One of `review.finding.RULE`.
    found
        What is there. One sentence; of a waived result, why it is accepted.
    type
        CloudFormation's type of the resource; empty where it is about more than one.
    """

    where: str
    status: Status
    found: str
    type: str = ""

    def __post_init__(self) -> None:
        """Refuse a status that is none of a rule's."""
        if self.status not in RULE:
            raise ValueError(f"{self.status} is no result of a rule")

    def waived(self, reason: str) -> Result:
        """The same result, accepted."""
        return replace(self, status=Status.WAIVED, found=f"{self.found}; accepted: {reason}")


class NotApplicableError(Exception):
    """A rule is not about a resource. The message says why."""


class SoonError(Exception):
    """A resource is right today, and will not be before long. The message says when it ends."""


#: Reads a deployment, and yields a result for each resource that it is about.
Check = Callable[[Deployment], Iterator[Result]]
#: Says what is wrong with a resource; nothing if it is right.
Judge = Callable[[Deployment, Resource], str]
WHOLE = "the deployment"


@dataclass(frozen=True)
class Rule:
    """A rule of the catalogue.

    Attributes
    ----------
    id
        What programs match and waivers name; the module's name with hyphens.
    title
        What is so where it passes.
    why, severity
        Why it matters, and how much.
    fix
        What to do where it fails.
    source
        https address of what says so.
    controls
        Identifiers of the controls that it answers, by framework.
    check
        Reads a deployment.
    told
        Whether people are told what passes too: something that may be there, and that nobody is to overlook.
    """

    id: str
    title: str
    why: str
    severity: Severity
    fix: str
    source: str
    controls: Controls
    check: Check = field(repr=False)
    told: bool = False

    def results(self, deployment: Deployment) -> list[Result]:
        """Apply it; where there is nothing that it is about, say so; where it cannot read, be in doubt."""
        try:
            found = list(self.check(deployment))
        except UNREADABLE as doubt:
            found = [Result(WHOLE, Status.UNDECIDED, reason(doubt))]
        if not found:
            return [Result(WHOLE, Status.NOT_APPLICABLE, "there is nothing that it is about")]
        return [r if r.found else replace(r, found=self.title) for r in found]

    def finding(self, result: Result) -> Finding:
        """A result as a finding."""
        return Finding(self.id, result.status, result.where, result.found, self.why, self.fix, self.source)


#: What a template that is not as it should be makes of a rule: doubt, never a pass.
UNREADABLE = (UnreadableError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError)


def reason(doubt: Exception) -> str:
    """Why something cannot be read, in words.

    Example
    -------
    >>> reason(KeyError("Type"))
    "it cannot be read: KeyError('Type')"
    """
    return str(doubt) if isinstance(doubt, UnreadableError) else f"it cannot be read: {doubt!r}"


def each(*types: str) -> Callable[[Judge], Check]:
    """Make a check of a judge of single resources: each is judged alone, and doubt about one leaves the others."""

    def wrap(judge: Judge) -> Check:
        def check(deployment: Deployment) -> Iterator[Result]:
            for resource in deployment.assembly.of_type(*types):
                yield judged(judge, deployment, resource)

        return check

    return wrap


def judged(judge: Judge, deployment: Deployment, resource: Resource) -> Result:
    """Judge one resource."""
    try:
        wrong = judge(deployment, resource)
    except NotApplicableError as other:
        return Result(resource.place, Status.NOT_APPLICABLE, str(other), resource.type)
    except SoonError as soon:
        return Result(resource.place, Status.WARNING, str(soon), resource.type)
    except UNREADABLE as doubt:
        return Result(resource.place, Status.UNDECIDED, reason(doubt), resource.type)
    return Result(resource.place, Status.FAIL if wrong else Status.PASS, wrong, resource.type)
