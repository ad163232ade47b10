"""A function that takes a guardrail's version from another stack says for which content it was written.

What `Fn::GetStackOutput` and the like come to is no part of the template: when the other stack makes a new version,
nothing of this one differs, and CloudFormation leaves the function as it was, bound to the version before.
"""

from __future__ import annotations

import re

from review.deployment import Deployment
from review.rules.facts import INFERENCE, Function, each_function
from review.rules.rule import NotApplicableError, Rule, controls

_SAID = re.compile(r"guardrail content [0-9a-f]{12}")


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    if not function.may(INFERENCE):
        raise NotApplicableError("it infers nothing")
    text = str((function.properties.get("Environment") or {}).get("Variables"))
    elsewhere = [
        guardrail
        for guardrail in deployment.assembly.of_type("AWS::Bedrock::Guardrail")
        if guardrail.stack != function.resource.stack
        and deployment.resolver.reference(guardrail.id, guardrail.stack).strip("<>") in text
    ]
    if not elsewhere:
        raise NotApplicableError("its guardrail is of its own stack, or of none")
    # Whether the version is of the content is a rule of its own (`version-is-of-this-content`).
    said = _SAID.search(str(function.properties.get("Description")))
    return "" if said else "nothing of it changes when the guardrail does, so it keeps the version before"


RULE = Rule(
    id="function-changes-with-its-guardrail",
    title="A function that takes a guardrail's version from another stack says for which content it was written",
    why="a guardrail that was made stricter would judge nothing until the function happens to be deployed again",
    severity="high",
    fix="put 'guardrail content ' and the digest of the content into the function's description",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    controls=controls(nist="CM-3 SI-7", owasp="LLM01", soc2="CC8.1", aws="AI-01", iso="A.6.2.6"),
    check=_check,
)
