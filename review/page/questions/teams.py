"""What a team can spend, and what happens when one leaves."""

from __future__ import annotations

from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.source import Line
from review.words import many


def _spend(evidence: Evidence) -> Answer:
    lines: list[Line] = []
    rows: list[list[str]] = []
    for budget in evidence.of_type("AWS::Budgets::Budget"):
        rows.append([budget.place, evidence.shown(evidence.read(budget, "Budget"))])
        lines.append(evidence.line(budget, "Budget"))
    for way in evidence.ways:
        if way.function is None:
            continue
        limit = way.function.properties.get("ReservedConcurrentExecutions")
        if limit is not None:
            rows.append([way.function.place, f"{many(int(limit), 'request')} at a time"])
            lines.append(evidence.line(way.function, "ReservedConcurrentExecutions"))
    tables = evidence.of_type("AWS::DynamoDB::Table")
    rows += [[table.place, "a table: what is counted in it is the function's code"] for table in tables]
    lines += [evidence.line(table) for table in tables]
    models = [
        [way.name, f"models {', '.join(way.models)}; tiers {', '.join(way.tiers) or 'any'}"] for way in evidence.ways
    ]
    return answer(
        "These of the templates' resources bound what a team spends."
        if rows
        else "No resource of the templates bounds what a team spends: there is no budget, no reserved "
        "concurrency and no "
        "table of counts. What bounds the price of a request is the models and service tiers that its role may use.",
        headings=("What", "Bound"),
        rows=rows or models,
        lines=lines,
        beyond=(
            "What was spent stands on the account's bill, by the tag `team`, and in the functions' records as tokens.",
        ),
    )


def _leaves(evidence: Evidence) -> Answer:
    rows, lines = [], []
    templates = evidence.verdict.deployment.assembly.by_stack
    for stack in dict.fromkeys(way.name for way in evidence.ways):
        resources = templates[stack].resources.values()
        kept = [r for r in resources if r.body.get("DeletionPolicy") == "Retain"]
        others = sum(1 for r in resources if r.body.get("DeletionPolicy") != "Retain")
        protected = (templates[stack].properties or {}).get("terminationProtection") is True
        rows.append(
            [stack, many(others, "resource"), ", ".join(r.id for r in kept) or "nothing", "yes" if protected else "no"]
        )
        lines += [evidence.line(r, "DeletionPolicy") for r in kept]
    return answer(
        "A team is a stack. When its file is removed and the stack is deleted (`make retire` does it in "
        "order), its API, function, role and Project go; "
        "what is marked to be kept stays, encrypted, until its own time ends.",
        headings=("Stack", "Deleted", "Kept", "Refuses deletion until unlocked"),
        rows=rows,
        lines=lines,
        beyond=(
            "What deleting a Project does to what Bedrock holds in it is not documented "
            "(docs/live-account.md, point 6); "
            "store: false leaves nothing in it.",
            "The callers' roles are not of these templates: who owns them ends them.",
        ),
    )


QUESTIONS = {
    "spend": Question("spend", "What can a team spend?", _spend),
    "leaves": Question("leaves", "What happens when a team leaves?", _leaves),
}
