"""No variable sends a function's requests, or what it starts as, elsewhere than was reviewed."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, controls

_WRAPPER = "/var/task/bootstrap"


@each_function
def _check(_deployment: Deployment, function: Function) -> str:
    variables = (function.properties.get("Environment") or {}).get("Variables") or {}
    wrong = sorted(name for name, value in variables.items() if _leads_away(str(name), value))
    return f"it has the variable {wrong[0]}" if wrong else ""


def _leads_away(name: str, value: object) -> bool:
    if name == "AWS_LAMBDA_EXEC_WRAPPER":
        return value != _WRAPPER
    word = name.upper()
    return (
        "ENDPOINT_URL" in word
        or word.endswith("_PROXY")
        or word.startswith(("LD_", "PYTHON"))
        or word
        in ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS")
    )


RULE = Rule(
    id="goes-where-it-was-sent",
    title="No variable sends a function's requests, or what it starts as, elsewhere than was reviewed",
    why="one variable sends every prompt to somebody's server",
    severity="critical",
    fix="remove the variable, or the aspect that adds it",
    source="https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html",
    controls=controls(nist="CM-5 CM-6 SC-7", owasp="LLM04", soc2="CC8.1 CC6.8", aws="RUNTIME-03"),
    check=_check,
)
