"""The controls of each framework, with the rules that answer them and what came of those."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from review.finding import Status
from review.rules.frameworks import FRAMEWORKS
from review.verdict import Judged, Verdict

#: From the worst to the best.
_WORST = (Status.FAIL, Status.UNDECIDED, Status.WARNING, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)


@dataclass(frozen=True)
class Control:
    """A control of a framework: the rules that answer it, and the worst of their results."""

    id: str
    rules: tuple[Judged, ...]
    status: Status


@dataclass(frozen=True)
class Framework:
    """A framework: its key, its name, where it is published, and its controls that rules answer."""

    key: str
    name: str
    source: str
    controls: tuple[Control, ...]


def worst(of: Iterable[Status]) -> Status:
    """Return the worst of some results.

    Example
    -------
    >>> worst([Status.PASS, Status.WAIVED]).value
    'waived'
    """
    found = set(of)
    return next((status for status in _WORST if status in found), Status.NOT_APPLICABLE)


def crosswalk(verdict: Verdict) -> list[Framework]:
    """Return every framework that a rule answers a control of."""
    found: dict[str, dict[str, list[Judged]]] = {key: {} for key in FRAMEWORKS}
    for judged in verdict.rules:
        for key, ids in judged.rule.controls.items():
            for id in ids:
                found[key].setdefault(id, []).append(judged)
    return [
        Framework(
            key,
            *FRAMEWORKS[key],
            tuple(Control(id, tuple(by), worst(j.status for j in by)) for id, by in sorted(ids.items(), key=_order)),
        )
        for key, ids in found.items()
        if ids
    ]


def _order(entry: tuple[str, object]) -> list[tuple[int, int, str]]:
    # SC-7 comes before SC-12.
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", entry[0])]
