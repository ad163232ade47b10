"""That there is no way to the internet, and in which Region text is processed."""

from __future__ import annotations

from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import judged, proved


def _internet(evidence: Evidence) -> Answer:
    endpoints = evidence.of_type("AWS::EC2::VPCEndpoint")
    rows = [
        [e.place, evidence.shown(evidence.read(e, "ServiceName")), evidence.shown(evidence.read(e, "VpcEndpointType"))]
        for e in endpoints
    ]
    lines = [evidence.line(e, "PolicyDocument") for e in endpoints]
    lines += [evidence.line(d, "Domains") for d in evidence.of_type("AWS::Route53Resolver::FirewallDomainList")]
    names = (
        "parts-are-known",
        "everything-else-is-blocked",
        "allowed-names-are-the-endpoints",
        "function-reaches-endpoints-alone",
    )
    return answer(
        proved(evidence, "network-closed"),
        proved(evidence, "endpoints-closed"),
        *judged(evidence, "function-reaches-endpoints-alone", "everything-else-is-blocked"),
        "Prompts do go to services that AWS operates, behind these endpoints: to the guardrail and to the model.",
        headings=("Endpoint", "Service", "Kind"),
        rows=rows,
        lines=[*evidence.claim("network-closed"), *evidence.claim("endpoints-closed"), *lines, *evidence.rule(*names)],
        beyond=("What somebody attaches to the VPC by hand, and what AWS does inside its services.",),
    )


def _region(evidence: Evidence) -> Answer:
    templates = evidence.verdict.deployment.assembly.templates
    regions = sorted({template.region or "the one that it is deployed to" for template in templates})
    lines = [evidence.line(e, "ServiceName") for e in evidence.of_type("AWS::EC2::VPCEndpoint")]
    rows = []
    for guardrail in evidence.of_type("AWS::Bedrock::Guardrail"):
        across = evidence.read(guardrail, "CrossRegionConfig")
        rows.append([guardrail.place, evidence.shown(across) if across else "in its own Region alone"])
        lines.append(evidence.line(guardrail, "CrossRegionConfig") if across else evidence.line(guardrail))
    return answer(
        f"Every stack is deployed to {', '.join(regions)}.",
        *judged(evidence, "text-stays-in-the-region", "function-reaches-endpoints-alone"),
        headings=("Guardrail", "Text is judged"),
        rows=rows,
        lines=[*lines, *evidence.rule("text-stays-in-the-region")],
        beyond=("In which Region AWS processes a request inside its service is AWS's to say, by contract.",),
    )


QUESTIONS = {
    "internet": Question("internet", "Prove that there is no way to the internet.", _internet),
    "region": Question("region", "In which Region is text processed?", _region),
}
