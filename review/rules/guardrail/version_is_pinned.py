"""Every function that infers is bound to a version of a guardrail."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import INFERENCE, Function, each_function
from review.rules.rule import NotApplicableError, Rule, controls


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if not function.may(INFERENCE):
        raise NotApplicableError("it infers nothing")
    text = " ".join(str(v) for v in ((function.properties.get("Environment") or {}).get("Variables") or {}).values())
    guardrails = {
        deployment.resolver.reference(g.id, g.stack).strip("<>")
        for g in deployment.assembly.of_type("AWS::Bedrock::Guardrail")
    }
    versions = {
        deployment.resolver.reference(v.id, v.stack).strip("<>")
        for v in deployment.assembly.of_type("AWS::Bedrock::GuardrailVersion")
    }
    if not any(name in text for name in guardrails):
        return "its settings name no guardrail of these templates"
    if "DRAFT" in text or not any(name in text for name in versions):
        return "its settings name no version of the guardrail: what it applies changes under it"
    return ""


RULE = Rule(
    id="version-is-pinned",
    title="Every function that infers is bound to a version of a guardrail",
    why="IAM cannot demand a guardrail on mantle: what the function is told to apply is what is applied",
    severity="critical",
    fix="give the function the guardrail's id and the number of a version, not DRAFT",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-versions-create.html",
    controls=controls(
        nist="CM-3 SI-3 SI-10",
        owasp="LLM01",
        ai600="2.3 2.9",
        iso="A.6.2.5",
        soc2="CC8.1",
        aws="AI-01",
        lens="GENSEC02-BP01",
    ),
    check=_check,
)
