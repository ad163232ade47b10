"""Sentences that several answers share."""

from __future__ import annotations

from review.finding import Status
from review.page.evidence import Evidence


def proved(evidence: Evidence, claim: str) -> str:
    """Say what came of a claim; nothing where there is no such claim."""
    proof = evidence.proofs.get(claim)
    if proof is None:
        return ""
    if proof.status is Status.PASS:
        return f"Proved: {proof.claim.says}"
    if proof.status is Status.FAIL:
        return f"This is false: {proof.claim.says} {proof.where}: {evidence.shown(proof.found)}."
    if proof.status is Status.NOT_APPLICABLE:
        return f"Nothing here is what this is about: {proof.claim.says}"
    return f"It could not be decided: {proof.claim.says} {evidence.shown(proof.found)}"


def judged(evidence: Evidence, *rules: str) -> list[str]:
    """Say what came of rules: what is so, or what is not and where; nothing of one that there is not."""
    found = []
    for known in (evidence.rules[rule] for rule in rules if rule in evidence.rules):
        places = [r.where for r in known.results if r.status is known.status]
        if known.status is Status.PASS:
            found.append(f"{known.rule.title}.")
        elif known.status is not Status.NOT_APPLICABLE:
            said = "This is not so, and is accepted" if known.status is Status.WAIVED else "This is not shown"
            found.append(f"{said}: {known.rule.title} ({', '.join(places)}).")
    return found
