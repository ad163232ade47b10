"""No function has a layer or an extension."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, each_function, listed
from review.rules.rule import Rule, controls
from review.words import many


@each_function
def _check(_deployment: Deployment, function: Function) -> str:
    layers = listed(function.properties.get("Layers"))
    return f"it has {many(len(layers), 'layer')}" if layers else ""


RULE = Rule(
    id="has-no-layers",
    title="No function has a layer or an extension",
    why="code that runs beside the proxy reads every prompt",
    severity="critical",
    fix="remove the layer, or the aspect that adds it",
    source="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html",
    controls=controls(nist="CM-7 SR-3 SI-7", owasp="LLM04", ai600="2.12", soc2="CC6.8 CC8.1", aws="RUNTIME-03"),
    check=_check,
)
