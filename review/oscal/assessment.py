"""The assessment results: observations of rules and claims, findings on controls, and what is open."""

from __future__ import annotations

from typing import Any

from review.finding import Status
from review.oscal.ids import control_id, identifier, line, metadata, moment, prop, seed
from review.page.controls import Control, Framework, crosswalk
from review.proof.claim import Proof
from review.verdict import Judged, Verdict

Json = Any
_SATISFIED = {Status.PASS, Status.NOT_APPLICABLE, Status.WAIVED, Status.WARNING}


def assessment_results(verdict: Verdict) -> Json:
    """Return the document."""
    plan = identifier("plan", seed(verdict))
    return {
        "assessment-results": {
            "uuid": identifier("assessment-results", seed(verdict)),
            "metadata": metadata(verdict, "Review of the templates of a private inference deployment"),
            "import-ap": {"href": f"#{plan}"},
            "results": [_result(verdict)],
            "back-matter": {"resources": [_plan(plan), *_templates(verdict)]},
        }
    }


def _result(verdict: Verdict) -> Json:
    seen, at = seed(verdict), moment(verdict)
    places = sorted({r.where for judged in verdict.rules for r in judged.results})
    found: Json = {
        "uuid": identifier("result", seen),
        "title": "Review",
        "description": "Every rule and every claim of the review, on the templates of the back matter.",
        "start": at,
        "end": at,
        "local-definitions": {
            "inventory-items": [{"uuid": identifier("item", place), "description": line(place)} for place in places]
        },
        "reviewed-controls": {
            "description": "The controls that rules answer. Of each control, what templates can show.",
            "control-selections": [{"include-all": {}}],
        },
        "observations": [
            *(_observation(judged, at, seen) for judged in verdict.rules),
            *(_proof(proof, at, seen) for proof in verdict.proofs),
            *(_outside(opinion, at, seen) for opinion in verdict.opinions),
        ],
        "findings": [_finding(f, c, seen) for f in crosswalk(verdict) for c in f.controls],
    }
    risks = [
        _risk(judged, seen, verdict)
        for judged in verdict.rules
        if judged.status not in (Status.PASS, Status.NOT_APPLICABLE)
    ]
    risks += [_open(proof, seen) for proof in verdict.proofs if proof.status.halts]
    return {**found, "risks": risks} if risks else found


def _observation(judged: Judged, at: str, seen: str) -> Json:
    rule = judged.rule
    return {
        "uuid": identifier("observation", seen, rule.id),
        "title": line(rule.title),
        "description": line("; ".join(f"{r.where}: {r.status.value}, {r.found}" for r in judged.results)),
        "props": [prop("rule", rule.id), prop("status", judged.status.value), prop("severity", rule.severity)],
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "subjects": [
            {"subject-uuid": identifier("item", where), "type": "inventory-item"}
            for where in dict.fromkeys(r.where for r in judged.results)
        ],
        "relevant-evidence": [{"href": "../results.json", "description": line(rule.why)}],
        "collected": at,
    }


def _proof(proof: Proof, at: str, seen: str) -> Json:
    return {
        "uuid": identifier("observation", seen, "claim", proof.claim.id),
        "title": line(proof.claim.id),
        "description": line(f"{proof.claim.says} {proof.status.value}: {proof.found}"),
        "props": [prop("claim", proof.claim.id), prop("status", proof.status.value)],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "relevant-evidence": [{"href": "../results.json", "description": line(proof.claim.why)}],
        "collected": at,
    }


def _outside(opinion: Json, at: str, seen: str) -> Json:
    found = [f"{f['where']}: {f['rule']}{' (accepted)' if f['accepted'] else ''}" for f in opinion["findings"]]
    open_ = sum(not f["accepted"] for f in opinion["findings"])
    return {
        "uuid": identifier("observation", seen, "opinion", opinion["tool"]),
        "title": line(f"What {opinion['tool']} says"),
        "description": line("; ".join(found) or "It finds nothing."),
        "props": [prop("tool", line(opinion["tool"])), prop("unanswered", str(open_))],
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "relevant-evidence": [{"href": "../results.json", "description": "second_opinions"}],
        "collected": at,
    }


def _finding(framework: Framework, control: Control, seen: str) -> Json:
    state = "satisfied" if control.status in _SATISFIED else "not-satisfied"
    return {
        "uuid": identifier("finding", seen, framework.key, control.id),
        "title": line(f"{framework.name}: {control.id}"),
        "description": line("; ".join(f"{j.rule.id}: {j.status.value}" for j in control.rules)),
        "props": [prop("framework", framework.key), prop("status", control.status.value)],
        "target": {
            "type": "objective-id",
            "target-id": control_id(framework.key, control.id),
            "status": {"state": state, "reason": "pass" if state == "satisfied" else "fail"},
        },
        "related-observations": [
            {"observation-uuid": identifier("observation", seen, judged.rule.id)} for judged in control.rules
        ],
    }


def _risk(judged: Judged, seen: str, verdict: Verdict) -> Json:
    accepted = judged.status is Status.WAIVED
    open_ = [r for r in judged.results if r.status not in (Status.PASS, Status.NOT_APPLICABLE)]
    risk: Json = {
        "uuid": identifier("risk", seen, judged.rule.id),
        "title": line(judged.rule.title),
        "description": line(judged.rule.why),
        "statement": line("; ".join(f"{r.where}: {r.found}" for r in open_)),
        "status": "deviation-approved" if accepted else "open",
        "related-observations": [{"observation-uuid": identifier("observation", seen, judged.rule.id)}],
    }
    ends = [h.waiver.expiry for h in verdict.waivers for rule, _ in h.used if rule == judged.rule.id]
    return {**risk, "deadline": f"{min(ends).isoformat()}T00:00:00Z"} if accepted and ends else risk


def _open(proof: Proof, seen: str) -> Json:
    return {
        "uuid": identifier("risk", seen, "claim", proof.claim.id),
        "title": line(proof.claim.id),
        "description": line(proof.claim.why),
        "statement": line(f"{proof.where}: {proof.found}"),
        "status": "open",
        "related-observations": [{"observation-uuid": identifier("observation", seen, "claim", proof.claim.id)}],
    }


def _plan(uuid: str) -> Json:
    return {
        "uuid": uuid,
        "title": "What is assessed, and how",
        "description": "The rules and claims of the review, run by `python -m review check` on the templates.",
    }


def _templates(verdict: Verdict) -> list[Json]:
    return [
        {
            "uuid": identifier("template", template.stack, template.sha256),
            "title": line(f"Template of {template.stack}"),
            "rlinks": [{"href": template.file, "hashes": [{"algorithm": "SHA-256", "value": template.sha256}]}],
        }
        for template in verdict.deployment.assembly.templates
        if template.file
    ]
