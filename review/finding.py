"""What a check found: one form for the review's rules, for the checks before a deployment, and for other tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How a check ended. The first five are a rule's results, the last four those of a question to an account.

    A rule's and a question's good and bad results have words of their own, because they are of different worth: a rule
    has read what will be deployed, a question has been answered by an account at one moment.
    """

    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    UNDECIDED = "undecided"

    OK = "ok"
    WARNING = "warning"
    STOPS = "stops"
    NOT_ASKED = "could-not-be-asked"

    @property
    def halts(self) -> bool:
        """Whether nothing may go on while a finding has this status. Doubt halts as a failure does."""
        return self in _HALTING

    @property
    def needs_cure(self) -> bool:
        """Whether somebody has to do something, now or before long."""
        return self.halts or self is Status.WARNING


_HALTING = frozenset({Status.FAIL, Status.UNDECIDED, Status.STOPS, Status.NOT_ASKED})
#: What a rule can say.
RULE = frozenset({Status.PASS, Status.FAIL, Status.NOT_APPLICABLE, Status.WAIVED, Status.UNDECIDED, Status.WARNING})
#: What a question to an account can come to.
PREFLIGHT = frozenset({Status.OK, Status.WARNING, Status.STOPS, Status.NOT_ASKED})


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check, about one thing.

    Parameters
    ----------
    code
        What programs match: the rule's or the check's id, `endpoint-has-policy` for example. No spaces.
    status
        How the check ended.
    where
        What was looked at: `STACK/LOGICAL-ID` in a template, an ARN or the name of a quota in an account.
    found
        What is there, with its values. One sentence.
    why
        Why it matters. Required where something is to be done.
    cure
        The exact setting to write or command to type. Required where something is to be done.
    source
        https address of what says so. Required where something is to be done.

    Raises
    ------
    ValueError
        If a text that is required is empty, the code has spaces, or the source is no https address.

    Example
    -------
    >>> Finding("zones-intersect", Status.OK, "use1-az4", "all four services are offered in it").as_json()["status"]
    'ok'
    >>> Finding("zones-intersect", Status.STOPS, "use1-az3", "bedrock-mantle is not offered in it")
    Traceback (most recent call last):
    ValueError: zones-intersect stops and says no why, cure, source
    """

    code: str
    status: Status
    where: str
    found: str
    why: str = ""
    cure: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse a finding that does not say what a person needs to know."""
        required = ("code", "where", "found", *(("why", "cure", "source") if self.status.needs_cure else ()))
        missing = [name for name in required if not getattr(self, name).strip()]
        if missing:
            raise ValueError(f"{self.code or 'a finding'} {self.status.value} and says no {', '.join(missing)}")
        if self.code.split() != [self.code]:
            raise ValueError(f"the code {self.code!r} has spaces: programs match it")
        if self.source and not self.source.startswith("https://"):
            raise ValueError(f"{self.code}: the source {self.source!r} is no https address")

    def as_json(self) -> dict[str, str]:
        """The finding for programs: every field as text, in this order, always all of them."""
        return {
            "code": self.code,
            "status": self.status.value,
            "where": self.where,
            "found": self.found,
            "why": self.why,
            "cure": self.cure,
            "source": self.source,
        }

    def lines(self) -> list[str]:
        """The finding for people: a line of what was found; below it, where needed, why, what to do, who says so.

        Example
        -------
        >>> print("\\n".join(Finding("dns-on", Status.PASS, "Network/Vpc", "names are resolved").lines()))
        pass                Network/Vpc: names are resolved  [dns-on]
        """
        first = f"{self.status.value:<19} {_plain(self.where)}: {_plain(self.found)}  [{self.code}]"
        if not self.status.needs_cure:
            return [first]
        return [first, *(f"{_MARGIN}{word}: {_plain(getattr(self, name))}" for name, word in _EXPLAINED)]


_MARGIN = " " * 20
_EXPLAINED = (("why", "why"), ("cure", "do"), ("source", "see"))


def report(findings: Iterable[Finding]) -> str:
    """All findings for a terminal: what halts comes last, where a person looks, and then the count of each status.

    Example
    -------
    >>> print(report([Finding("dns-on", Status.PASS, "Network/Vpc", "names are resolved")]))
    pass                Network/Vpc: names are resolved  [dns-on]
    <BLANKLINE>
    1 pass
    """
    known = sorted(findings, key=lambda finding: (finding.status.halts, finding.status.needs_cure))
    count = Counter(finding.status for finding in known)
    total = ", ".join(f"{count[status]} {status.value}" for status in Status if count[status])
    return "\n".join([*(line for finding in known for line in finding.lines()), "", total or "nothing was looked at"])


def exit_status(findings: Iterable[Finding]) -> int:
    """What a command ends with: 0 if nothing halts, 1 if something does, 2 if nothing was looked at.

    Example
    -------
    >>> exit_status([Finding("dns-on", Status.PASS, "Network/Vpc", "names are resolved")])
    0
    >>> exit_status([])
    2
    """
    known = list(findings)
    return 1 if any(finding.status.halts for finding in known) else 0 if known else 2


def _plain(text: str) -> str:
    """A text on one line, without what a terminal would act on: names in templates and accounts are others' words."""
    return "".join(c if c.isprintable() else " " if c.isspace() else f"\\x{ord(c):02x}" for c in text)
