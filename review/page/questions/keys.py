"""Who uses and changes each key."""

from __future__ import annotations

from review.page import words
from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import proved


def _keys(evidence: Evidence) -> Answer:
    rows, lines, beyond = [], [], []
    for attached in evidence.verdict.deployment.attached("AWS::KMS::Key"):
        lines.append(evidence.line(attached.resource, "KeyPolicy"))
        for statement in attached.document.statements if attached.document else ():
            who = evidence.shown(words.principals(statement.principals))
            rows.append([attached.resource.place, who, evidence.shown(words.statement(statement))])
            if ":root" in who and statement.effect == "Allow":
                beyond.append(
                    f"{attached.resource.place} gives its account the say: whoever IAM policies of the account let."
                )
    for identity in evidence.verdict.deployment.identities.all:
        for statement in identity.groups[0]:
            if statement.action and any(value.lower().startswith("kms:") for value in statement.action.values):
                rows.append(
                    [
                        evidence.shown(", ".join(statement.resource.values) if statement.resource else ""),
                        identity.resource.place,
                        evidence.shown(words.statement(statement)),
                    ]
                )
                lines.append(evidence.line(identity.resource))
    return answer(
        "The key policies, and the policies of the templates' own principals, say this of each key.",
        proved(evidence, "evidence-stays"),
        headings=("Key", "Who", "What"),
        rows=rows,
        lines=[*lines, *evidence.claim("evidence-stays"), *evidence.rule("key-rotates", "key-waits-before-deletion")],
        beyond=beyond,
    )


QUESTIONS = {"keys": Question("keys", "Who can use or change each key?", _keys)}
