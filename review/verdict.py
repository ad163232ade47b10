"""The whole review of a deployment: every rule, every claim, every waiver, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from review.deployment import Deployment
from review.finding import Finding, Status, exit_status
from review.packs import APART
from review.proof.claim import Claim, Proof
from review.proof.claims import CLAIMS
from review.rules.catalogue import catalogue
from review.rules.rule import UNREADABLE, Result, Rule, reason
from review.waivers.register import NOTICE, Register, Waiver, wrong_waiver
from review.words import many

Json = Any


@dataclass(frozen=True)
class Judged:
    """A rule with its results, after waivers."""

    rule: Rule
    results: tuple[Result, ...]

    @property
    def status(self) -> Status:
        """The worst of its results."""
        order = (Status.FAIL, Status.UNDECIDED, Status.WARNING, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)
        found = {result.status for result in self.results}
        return next(status for status in order if status in found)


@dataclass(frozen=True)
class Held:
    """A waiver, held to what it was used for.

    Attributes
    ----------
    used
        The findings that it accepted: rule and resource.
    status
        `WAIVED` while it stands, `WARNING` when it soon ends, `FAIL` when it has ended or accepts nothing, and
        `NOT_APPLICABLE` where its resource is not in this deployment, as it says itself, or nobody looked.
    """

    waiver: Waiver
    used: tuple[tuple[str, str], ...]
    status: Status
    said: str
    days_left: int


@dataclass(frozen=True)
class Verdict:
    """What a review came to."""

    deployment: Deployment = field(repr=False)
    today: date
    rules: tuple[Judged, ...]
    proofs: tuple[Proof, ...]
    waivers: tuple[Held, ...]
    wrong: tuple[Finding, ...]
    opinions: Sequence[Json] = ()

    def findings(self) -> list[Finding]:
        """All results, as findings."""
        return list(self._findings)

    @cached_property
    def _findings(self) -> list[Finding]:
        return [
            *(judged.rule.finding(result) for judged in self.rules for result in judged.results),
            *(proof.finding() for proof in self.proofs),
            *self.wrong,
            *(
                wrong_waiver(_where(held.waiver), held.said, held.status)
                for held in self.waivers
                if held.status.needs_cure
            ),
        ]

    def line(self) -> str:
        """What it came to, in a line."""
        findings = self.findings()
        counts = {status.value: sum(f.status is status for f in findings) for status in Status}
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        word = "fail" if self.exit_status else "pass"
        outside = f"; {self.unanswered} outside opinions unanswered" if self.unanswered else ""
        return f"review: {word} ({many(len(self.rules), 'rule')}, {many(len(self.proofs), 'claim')}: {said}{outside})"

    @property
    def unanswered(self) -> int:
        """How many findings of other tools no waiver accepts. They are listed, and halt nothing."""
        return sum(not found["accepted"] for opinion in self.opinions for found in opinion["findings"])

    @property
    def exit_status(self) -> int:
        """0 if nothing halts a deployment, 1 if something does, 2 if nothing was looked at."""
        return exit_status(self.findings())


def review(
    deployment: Deployment,
    register: Register,
    today: date,
    *,
    claims: Iterable[Claim] = CLAIMS,
    accepted: Iterable[Mapping[str, str]] | None = None,
    opinions: Sequence[Json] = (),
    prover: Callable[[Claim, Deployment], Proof] | None = None,
) -> Verdict:
    """Review a deployment.

    Parameters
    ----------
    deployment
        What is deployed.
    register
        The waivers.
    today
        The day by which they stand or have ended.
    claims
        The claims to prove.
    accepted
        What CDK's report says was accepted of other packs' findings: `id` and `where` of each. None if there is no
        report; then nothing is said of the waivers of packs.
    opinions
        What other tools found, to be shown beside.
    prover
        What proves a claim; `prove` if left out.
    """
    deployment.day = today
    used: dict[int, list[tuple[str, str]]] = {}
    seen: set[int] = set()
    standing = [waiver for waiver in register.standing(today) if not waiver.is_of_a_pack]
    rules = tuple(
        Judged(rule, tuple(_waived(rule, result, standing, used, seen) for result in rule.results(deployment)))
        for rule in catalogue()
    )
    wrong = [*register.wrong]
    for finding in accepted or ():
        by = [w for w in register.waivers if w.is_of_a_pack and w.covers(finding["id"], finding["where"])]
        for waiver in by:
            used.setdefault(waiver.number, []).append((finding["id"], finding["where"]))
        if not by:
            wrong.append(wrong_waiver(finding["where"], f"{finding['id']} is accepted, and no waiver says so"))
    outside = tuple(_answered(opinion, register.standing(today), used) for opinion in opinions)
    asked = {opinion["tool"] for opinion in outside}
    held = tuple(
        _held(w, tuple(used.get(w.number, ())), w.number in seen, accepted is not None or w.pack in asked, today)
        if w.pack not in APART or w.pack in asked
        else Held(w, (), Status.NOT_APPLICABLE, f"{w.pack} was not asked", w.days_left(today))
        for w in register.waivers
    )
    proofs = tuple((prover or prove)(claim, deployment) for claim in claims)
    return Verdict(deployment, today, rules, proofs, held, tuple(wrong), outside)


def _waived(
    rule: Rule, result: Result, standing: list[Waiver], used: dict[int, list[tuple[str, str]]], seen: set[int]
) -> Result:
    """Accept a failure that a waiver covers. Doubt is never accepted: what cannot be read cannot be weighed."""
    for waiver in standing:
        if waiver.covers(rule.id, result.where):
            seen.add(waiver.number)
            if result.status is Status.FAIL:
                used.setdefault(waiver.number, []).append((rule.id, result.where))
                return result.waived(f"{waiver.explanation} ({waiver.approver}, until {waiver.expiry})")
    return result


def _answered(opinion: Json, standing: Iterable[Waiver], used: dict[int, list[tuple[str, str]]]) -> Json:
    """An opinion with what waivers accept of it, and each of them with what it was used for."""
    found = []
    for finding in opinion["findings"]:
        each = (f"{opinion['tool']}::{finding['rule']}", finding["where"])
        by = [waiver for waiver in standing if waiver.is_of_a_pack and waiver.covers(*each)]
        for waiver in by:
            if each not in used.setdefault(waiver.number, []):
                used[waiver.number].append(each)
        found.append({**finding, "accepted": bool(finding["accepted"] or by)})
    return {**opinion, "findings": found}


def _held(
    waiver: Waiver,
    used: tuple[tuple[str, str], ...],
    seen: bool,
    looked: bool,
    today: date,
) -> Held:
    left = waiver.days_left(today)
    if left < 0:
        return Held(waiver, used, Status.FAIL, f"it ended {many(-left, 'day')} ago, on {waiver.expiry}", left)
    if used:
        if left <= NOTICE:
            return Held(waiver, used, Status.WARNING, f"it ends in {many(left, 'day')}, on {waiver.expiry}", left)
        return Held(waiver, used, Status.WAIVED, f"it accepts {many(len(used), 'finding')}", left)
    if waiver.is_of_a_pack and not looked:
        said = "there is no report of that pack beside the templates: whether it is used is not known"
        return Held(waiver, used, Status.NOT_APPLICABLE, said, left)
    if waiver.only_where and not seen:
        return Held(waiver, used, Status.NOT_APPLICABLE, f"it is for deployments where {waiver.only_where}", left)
    return Held(waiver, used, Status.FAIL, "nothing is found that it accepts: remove it", left)


def prove(claim: Claim, deployment: Deployment) -> Proof:
    """Prove a claim; what cannot be read leaves it undecided."""
    try:
        return claim.prove(deployment)
    except UNREADABLE as doubt:
        return Proof(claim, Status.UNDECIDED, reason(doubt))


def _where(waiver: Waiver) -> str:
    return f"waivers.yaml, entry {waiver.number} ({waiver.rule.text} on {waiver.resource.text})"
