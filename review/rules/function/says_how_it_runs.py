"""Every function says how it runs: its name, its handler, and the machine, memory and time that it is given."""

from __future__ import annotations

from review.deployment import Deployment
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, controls

#: Properties that Lambda fills in otherwise: with x86, 128 MB, three seconds, and a name that no policy knows.
_SAID = ("FunctionName", "Handler", "Architectures", "MemorySize", "Timeout")

#: What Lambda starts in place of a runtime, whatever the handler is called
#: (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html).
_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


@each_function
def _check(_deployment: Deployment, function: Function) -> str:
    missing = [name for name in _SAID if not function.properties.get(name)]
    if missing:
        return f"it does not say its {missing[0]}, and Lambda takes what it likes"
    handler, variables = str(function.properties["Handler"]), (function.properties.get("Environment") or {})
    if "." not in handler and not (variables.get("Variables") or {}).get(_WRAPPER):
        return f"its handler {handler} is no function of a module, and {_WRAPPER} does not say what starts instead"
    return ""


RULE = Rule(
    id="says-how-it-runs",
    title="Every function says how it runs: its name, its handler, and the machine, memory and time that it is given",
    why="what was measured and tested is this configuration, and policies know functions by their names",
    severity="low",
    fix="set FunctionName, Handler, Architectures, MemorySize and Timeout",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html",
    controls=controls(nist="CM-2 CM-6", soc2="CC8.1"),
    check=_check,
)
