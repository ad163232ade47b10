"""What the last change widened, which waivers stand, which controls are met, and what was not checked."""

from __future__ import annotations

from review.finding import Status
from review.page.answer import Answer, Question, answer
from review.page.controls import crosswalk
from review.page.evidence import RESULTS, Evidence
from review.page.source import Line
from review.words import many


def _widened(evidence: Evidence) -> Answer:
    change = evidence.change
    if change is None:
        return answer(
            beyond=(
                "No earlier deployment was given. `python -m review check DIR --since OLD` adds the answer here, and "
                "`python -m review diff OLD NEW` prints it for a pull request.",
            )
        )
    kinds = (("wider", change.wider), ("narrower", change.narrower), ("door or way", change.parts))
    rows = [[kind, evidence.shown(text)] for kind, texts in kinds for text in texts]
    said = (
        f"It grants {many(len(change.wider), 'kind of request', 'kinds of requests')} not granted before."
        if change.wider
        else "It grants nothing new."
    )
    return answer(
        f"Compared with {change.since}. {said}",
        headings=("What", "Request or part"),
        rows=rows,
        lines=[Line(RESULTS, 0, "diff", said)],
    )


def _waivers(evidence: Evidence) -> Answer:
    held = evidence.verdict.waivers
    rows = [
        [
            f"{h.waiver.rule.text} on {h.waiver.resource.text}",
            h.waiver.approver,
            h.waiver.owner,
            f"{h.waiver.expiry} ({many(h.days_left, 'day')})",
            h.said,
        ]
        for h in held
    ]
    lines = [Line("review/waivers.yaml", 0, f"entry {h.waiver.number}", h.waiver.reason) for h in held]
    said = (
        f"{many(len(held), 'waiver is', 'waivers are')} in the register." if held else "No waiver is in the register."
    )
    return answer(
        said,
        headings=("What is accepted", "By whom", "Owner", "Until", "Today"),
        rows=rows,
        lines=lines or [Line("review/waivers.yaml", 0, "the register", "no entry")],
    )


def _controls(evidence: Evidence) -> Answer:
    rows, lines = [], []
    for framework in crosswalk(evidence.verdict):
        met = [c for c in framework.controls if c.status is Status.PASS]
        rows.append(
            [
                framework.name,
                str(len(framework.controls)),
                str(len(met)),
                ", ".join(c.id for c in framework.controls if c.status.halts) or "none",
            ]
        )
        lines.append(
            Line(
                RESULTS, 0, framework.key, f"{len(met)} of {len(framework.controls)} controls that rules answer are met"
            )
        )
    return answer(
        "The section Controls has each control with the rules that answer it. A control that a rule answers is met as "
        "far as templates can meet it; its procedures and people are the organisation's.",
        headings=("Framework", "Controls that rules answer", "Met", "Not met"),
        rows=rows,
        lines=lines,
        beyond=("Controls about people, buildings, procedures and contracts are in no template.",),
    )


def _unchecked(evidence: Evidence) -> Answer:
    doubts = [f for f in evidence.findings if f.status is Status.UNDECIDED]
    nothing = [j for j in evidence.verdict.rules if j.status is Status.NOT_APPLICABLE]
    silent = [[proof.claim.id, text] for proof in evidence.verdict.proofs for text in proof.claim.silent]
    lines = [Line(RESULTS, 0, f.code, f"{f.where}: {evidence.shown(f.found)}") for f in doubts]
    lines += [Line(RESULTS, 0, j.rule.id, "not applicable: there is nothing that it is about") for j in nothing]
    lines += [Line(RESULTS, 0, row[0], row[1]) for row in silent]
    return answer(
        f"{many(len(doubts), 'result is', 'results are')} undecided, which counts as failed. "
        f"{many(len(nothing), 'rule')} found nothing to be about. The claims say themselves what they do not speak of:",
        headings=("Claim", "It says nothing of"),
        rows=silent,
        lines=lines,
        beyond=(
            "Nothing was asked of an account: docs/live-account.md lists what only a live account can tell, "
            "and `make preflight` asks it.",
            "The functions' code was not read by this review: its tests are.",
        ),
    )


QUESTIONS = {
    "widened": Question("widened", "What did the last change widen?", _widened),
    "waivers": Question("waivers", "Which waivers stand, by whom, and until when?", _waivers),
    "controls": Question(
        "controls", "Which controls of 800-53, ISO 42001, SOC 2 and OWASP LLM are met by what?", _controls
    ),
    "unchecked": Question("unchecked", "What was not checked?", _unchecked),
}
