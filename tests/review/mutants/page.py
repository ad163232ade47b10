"""`docs/mutants.md`: the fate of every mutant, under the review and under checkers that others wrote."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.review.mutants.mutant import Mutant
from tests.review.mutants.reasons import reason
from tests.review.mutants.seeded import SEEDED

Json = Any
#: What other checkers found, as they were run; `found` holds ids by column and mutant.
RECORDED = Path(__file__).parent / "outside" / "recorded.json"
_HASH = re.compile(r"(?<=[a-z0-9])[0-9A-F]{8}(?=[:,/ .]|$)")
_HEAD = (
    "# Mutants of the review",
    "",
    "`make mutants PAGE=1` writes this page. A mutant is one defect, put into the example's templates alone. A seeded",
    "one is made for a rule or a claim, which alone is to stop it. A mechanical one is made without thought: a",
    "property dropped, a statement widened, a reference swapped, a resource deleted or added.",
    "",
    "| | Mutants | Stopped | |",
    "|---|---:|---:|---|",
)
#: Why a claim refuses what is a rule's defect: the rule asks for a form, and what lacks it lets somebody in, too.
_WHY: Mapping[str, str] = {
    "evidence-stays": ", as the denial of signing that was turned into a permission lets principals of other accounts "
    "sign. The claim is about strangers; the rule is about administrators of this account, too",
    "api-callers": ", as a role of another account that is named as a permission set's is held back by the condition "
    "that the statement lost, and not by the denials. The claim is about who gets in; the rule asks each statement to "
    "name who, whatever the denials do",
}
_OTHERS = (
    "They were tried on the seeded mutants and a quarter of the mechanical ones, and each on as many as the table",
    "says. cfn-lint and checkov judge many templates in one run. cdk-nag needs a tree of constructs for each, and",
    "cfn-guard holds each to 237 files of rules: these two got through the seeded mutants that stand first, until the",
    "run was ended, so what the table says of them is of those alone. What counts is a finding that the template",
    "without the defect",
    "does not have. cdk-nag reads templates back with `CfnInclude`, with a text for what it does not know, outputs",
    "of other stacks; `unreadable` stands where CDK refuses a template. cfn-guard has no wheel on PyPI: its binary",
    "and Control Tower's rules are those that `cdklabs.cdk-validator-cfnguard` carries.",
)


def page(every: Sequence[Mutant], found: Mapping[int, Sequence[str]]) -> str:
    """Return the page.

    Parameters
    ----------
    every, found
        The mutants, and by their number what stops each.
    """
    outside: Json = json.loads(RECORDED.read_text("utf-8"))
    columns: list[str] = outside["columns"]
    rest = range(len(SEEDED), len(every))
    excused = [n for n in rest if not found[n] and reason(every[n].name)]
    gaps = [n for n in rest if not found[n] and not reason(every[n].name)]
    tried = {name for column in columns for name in outside["found"][column]}
    seen, losses = len(rest) - len(excused) - len(gaps), len(rest) - len(excused)
    alone = sum(list(found[n]) == [every[n].expected] for n in range(len(SEEDED)))
    lines = [
        *_HEAD,
        f"| Seeded | {len(SEEDED)} | {sum(bool(found[n]) for n in range(len(SEEDED)))} | {alone} by its own alone |",
        f"| Mechanical | {len(rest)} | {seen} | {seen / len(rest):.1%} |",
        f"| Mechanical, without those that lose nothing | {losses} | {seen} | {seen / losses:.1%} |",
        "",
        f"The review stops {seen / len(rest):.1%} of all mechanical mutants. It lets {len(rest) - seen} through, and",
        f"{len(excused)} of these are counted as no loss: a description, say, or a property of which the default is",
        f"the same. Each kind has its reason below. Without them the rate is {seen / losses:.1%}; whoever does not",
        "share a reason takes the first rate.",
        "",
        *_overlaps(every, found),
        "## Mechanical mutants that nothing stops",
        "",
        "### Gaps",
        "",
        *([f"- {_shown(every[n].name)}" for n in gaps] or ["There are none."]),
        "",
        "### No loss, and why",
        "",
        *(f"- {count}: {said}" for said, count in Counter(reason(every[n].name) for n in excused).most_common()),
        "",
        "## Beside other checkers",
        "",
        f"They were run on {outside['day']}, on the example of that day.",
        *_OTHERS,
        "",
        "| Checker | Version | Mutants tried | With a finding that is new |",
        "|---|---|---:|---:|",
        *(_checker(name, outside) for name in columns),
        "",
        "## Each mutant that others were tried on",
        "",
        f"| Mutant | Cloister's review | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
        *(_row(m.name, found[n], columns, outside["found"]) for n, m in enumerate(every) if m.name in tried),
        "",
        "## The other mutants",
        "",
        "| Mutant | Cloister's review |",
        "|---|---|",
        *(f"| {_shown(m.name)} | {', '.join(found[n]) or '-'} |" for n, m in enumerate(every) if m.name not in tried),
    ]
    return "\n".join(lines) + "\n"


def _overlaps(every: Sequence[Mutant], found: Mapping[int, Sequence[str]]) -> list[str]:
    """The seeded mutants that more than their own rule or claim stops, and why."""
    several = [n for n in range(len(SEEDED)) if len(found[n]) > 1]
    if not several:
        return []
    return [
        "Seeded mutants that something else stops too:",
        "",
        *(
            f"- {_shown(every[n].name)}: {every[n].expected}, and {_why(set(found[n]) - {every[n].expected})}"
            for n in several
        ),
        "",
    ]


def _why(others: set[str]) -> str:
    return "; ".join(f"{id}{_WHY.get(id, '')}" for id in sorted(others))


def _checker(name: str, outside: Json) -> str:
    found = outside["found"][name].values()
    return f"| {name} | {outside['versions'][name]} | {len(found)} | {sum(map(bool, found))} |"


def _row(name: str, stops: Sequence[str], columns: Sequence[str], outside: Json) -> str:
    others = [", ".join(outside[c][name]) or "-" if name in outside[c] else "not tried" for c in columns]
    return f"| {_shown(name)} | {', '.join(stops) or '-'} | {' | '.join(others)} |"


def _shown(name: str) -> str:
    return _HASH.sub("", name).replace("|", "\\|")
