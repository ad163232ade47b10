"""That every request is guarded, by which version of what, and who can change it."""

from __future__ import annotations

import re

from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import proved
from review.page.source import Line


def _guarded(evidence: Evidence) -> Answer:
    versions = {f"<{v.stack}.{v.id}.Version>": v for v in evidence.of_type("AWS::Bedrock::GuardrailVersion")}
    rows: list[list[str]] = []
    lines: list[Line] = []
    for way in evidence.ways:
        pinned = versions.get(way.version)
        said = evidence.shown(evidence.read(pinned, "Description") or "") if pinned else way.version or "none"
        guardrails = ", ".join(map(evidence.shown, way.guardrails)) or "none"
        rows.append([way.name, guardrails, f"{pinned.place}: {said}" if pinned else said])
        if way.function is not None:
            lines.append(evidence.line(way.function, "Environment"))
        if pinned is not None:
            lines.append(evidence.line(pinned, "Description"))
    return answer(
        proved(evidence, "through-the-proxy"),
        headings=("Stack", "Guardrail that its role may apply", "Version that its function names"),
        rows=rows,
        lines=[
            *evidence.claim("through-the-proxy"),
            *lines,
            *evidence.rule("version-is-pinned", "content-is-filtered-both-ways", "prompt-attacks-are-filtered"),
        ],
        beyond=(
            "That the function applies it to every prompt and every answer is its code, shown by its tests "
            "(docs/guardrails.md, docs/faults.md). IAM cannot enforce a guardrail on bedrock-mantle.",
            "How well the guardrail's own models judge a text is AWS's.",
        ),
    )


def _changed(evidence: Evidence) -> Answer:
    trails = evidence.of_type("AWS::CloudTrail::Trail")
    lines = [evidence.line(trail, "AdvancedEventSelectors") for trail in trails]
    alarms = [
        a
        for a in evidence.of_type("AWS::CloudWatch::Alarm", "AWS::Events::Rule")
        if re.search("guardrail", str(a.properties), re.I)
    ]
    seen = (
        f"An alarm is about it: {', '.join(a.place for a in alarms)}."
        if alarms
        else "No alarm of the templates is about it: the change is in the trail, and somebody has to look."
    )
    return answer(
        proved(evidence, "nothing-changed"),
        proved(evidence, "perimeter-inside"),
        "A version never changes: a changed guardrail acts when the functions name its new version, which is a change "
        "of the functions, seen by `python -m review diff`.",
        f"CloudTrail records whoever changes it. {seen}" if trails else "No trail of the templates records it.",
        lines=[
            *evidence.claim("nothing-changed"),
            *lines,
            *(evidence.line(a) for a in alarms),
            *evidence.rule("trail-is-whole"),
        ],
        beyond=(
            "Who deploys, and administrators of the account, can change it: docs/policies.md has the policies that "
            "leave it to deployers alone.",
        ),
    )


QUESTIONS = {
    "guarded": Question("guarded", "Is every request guarded, and by which version of what?", _guarded),
    "changed": Question("changed", "Who can change the guardrail, and how is that seen?", _changed),
}
