"""No variable of a function is a secret."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, controls
from review.rules.secrets import called, shaped


@each_function
def _check(_deployment: Deployment, function: Function) -> str:
    variables = (function.properties.get("Environment") or {}).get("Variables") or {}
    for name, value in sorted(variables.items()):
        if shaped(value) or (called(name) and not function.properties.get("KmsKeyArn")):
            return f"its variable {name} looks like a secret"
    return ""


RULE = Rule(
    id="environment-has-no-secret",
    title="No variable of a function is a secret",
    why=("who may look at a function's settings reads its variables, and so does every log of a deployment"),
    severity="high",
    fix="keep it in a secret store, and let the function's role read it",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    controls=controls(nist="IA-5 SC-28", owasp="LLM02", soc2="CC6.1", aws="DATA-05"),
    check=_check,
)
