"""The register of waivers: read, checked, and held to what it is used for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from review.finding import Finding, Status
from review.waivers.pattern import Pattern, TooBroadError

Json = Any
#: The register of this clone.
FILE = Path(__file__).parent.parent / "waivers.yaml"
#: Days before its end from which a waiver is warned of.
NOTICE = 30
_TEXTS = ("rule", "resource", "reason", "control", "owner", "approver")
_DATES = ("date", "expiry")
#: Rules of other packs are named with their pack: only then does CDK's report list what was accepted.
_OF_PACK = re.compile(r"^[A-Za-z0-9.-]+::.+")
_SOURCE = "https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html"
_WORDS = 5


class WaiverError(Exception):
    """The register cannot be read at all. The message says why."""


@dataclass(frozen=True)
class Waiver:
    """A finding that is accepted.

    Attributes
    ----------
    number
        Its place in the register, from 1.
    rule
        Id of a rule of the review, or `PACK::ID` of another pack's.
    resource
        What it is accepted on: `STACK/LOGICAL-ID` for a rule, a path of constructs for a pack.
    reason, control
        Why it is accepted, and what makes up for it.
    owner, approver
        Who has to see to it, and who accepted it.
    date, expiry
        Since when, and the last day on which it stands.
    only_where
        Why the resource is not in every deployment; empty where it is.
    """

    number: int
    rule: Pattern
    resource: Pattern
    reason: str
    control: str
    owner: str
    approver: str
    date: datetime.date
    expiry: datetime.date
    only_where: str = ""

    @property
    def is_of_a_pack(self) -> bool:
        """Whether it is about a rule of another pack than the review's own."""
        return _OF_PACK.match(self.rule.text) is not None

    @property
    def pack(self) -> str:
        """The pack whose rule it is about; empty for a rule of the review's own."""
        return self.rule.text.partition("::")[0] if self.is_of_a_pack else ""

    @property
    def explanation(self) -> str:
        """Why it is accepted and what makes up for it, as one text."""
        return f"{self.reason} {self.control}"

    def covers(self, rule: str, resource: str) -> bool:
        """Whether it is about a finding."""
        return self.rule.matches(rule) and self.resource.matches(resource)

    def paths(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """The paths of constructs that it is about, with a stack's values for its placeholders."""
        return self.resource.texts(values)

    def ids(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """The findings' ids that it accepts, with a stack's values for its placeholders."""
        return self.rule.texts(values)

    def days_left(self, today: datetime.date) -> int:
        """The days on which it still stands after today; below zero when it has ended."""
        return (self.expiry - today).days


@dataclass(frozen=True)
class Register:
    """All waivers, and what is wrong with entries that are none."""

    waivers: tuple[Waiver, ...] = ()
    wrong: tuple[Finding, ...] = ()

    @classmethod
    def read(cls, file: Path = FILE, rules: Iterable[str] | None = None) -> Register:
        """Read a register.

        Parameters
        ----------
        file
            The register, in YAML: a list of entries.
        rules
            Ids of the review's rules; an entry for another one is wrong. None leaves that open.

        Raises
        ------
        WaiverError
            If it is no list in YAML.
        """
        try:
            entries = yaml.safe_load(file.read_text("utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as wrong:
            raise WaiverError(f"{file} cannot be read: {wrong}") from None
        if not isinstance(entries, list):
            raise WaiverError(f"{file} is no list of waivers")
        known = None if rules is None else set(rules)
        waivers: list[Waiver] = []
        flaws: list[Finding] = []
        for number, entry in enumerate(entries, 1):
            flaw = _flaw(entry, known)
            if flaw:
                flaws.append(wrong_waiver(f"{file.name}, entry {number}", flaw))
            else:
                waivers.append(_waiver(number, entry))
        return cls(tuple(waivers), tuple(flaws))

    def standing(self, today: datetime.date) -> list[Waiver]:
        """Those that have not ended."""
        return [waiver for waiver in self.waivers if waiver.days_left(today) >= 0]


def wrong_waiver(where: str, found: str, status: Status = Status.FAIL) -> Finding:
    """The finding that a waiver is none, or will soon be none."""
    return Finding(
        "waiver-stands",
        status,
        where,
        found,
        "what is accepted is accepted by somebody, for a reason, on a resource that has the finding, and until a day",
        "mend the entry in review/waivers.yaml, or remove it",
        _SOURCE,
    )


def _flaw(entry: Json, rules: set[str] | None) -> str:
    """What is wrong with an entry; nothing if it is right."""
    if not isinstance(entry, Mapping):
        return "it is no waiver: it has no fields"
    missing = [name for name in (*_TEXTS, *_DATES) if name not in entry]
    if missing:
        return f"it lacks {', '.join(missing)}"
    unknown = sorted(set(map(str, entry)) - {*_TEXTS, *_DATES, "only_where"})
    if unknown:
        return f"it has {', '.join(unknown)}, which is no field of a waiver"
    for name in (*_TEXTS, *(["only_where"] if "only_where" in entry else [])):
        if not isinstance(entry[name], str) or not entry[name].strip():
            return f"its {name} is {entry[name]!r}: a text is right"
    for name in _DATES:
        if type(entry[name]) is not datetime.date:
            return f"its {name} is {entry[name]!r}: a day, such as 2027-01-31, is right"
    if entry["expiry"] < entry["date"]:
        return "it ends before it begins"
    if any(len(entry[name].split()) < _WORDS for name in ("reason", "control")):
        return "its reason and its control are sentences"
    try:
        Pattern(entry["resource"]).narrow()
        Pattern(entry["rule"]).matches("")
    except TooBroadError as broad:
        return f"it is too broad: {broad}"
    if not _OF_PACK.match(entry["rule"]) and rules is not None and entry["rule"] not in rules:
        return f"there is no rule {entry['rule']!r}; a pack's rule is named with its pack, as PACK::ID"
    return ""


def _waiver(number: int, entry: Mapping[str, Json]) -> Waiver:
    return Waiver(
        number,
        Pattern(entry["rule"]),
        Pattern(entry["resource"]),
        entry["reason"].strip(),
        entry["control"].strip(),
        entry["owner"],
        entry["approver"],
        entry["date"],
        entry["expiry"],
        entry.get("only_where", ""),
    )
