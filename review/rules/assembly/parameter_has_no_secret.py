"""No parameter that the templates publish is a secret."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.rule import Rule, controls, each
from review.rules.secrets import called, shaped


@each("AWS::SSM::Parameter")
def _check(deployment: Deployment, parameter: Resource) -> str:
    name, value = (deployment.resolver.text(parameter, key) for key in ("Name", "Value"))
    last = str(name).rpartition("/")[2]
    return f"what it holds, {name}, looks like a secret" if shaped(value) or called(last) else ""


RULE = Rule(
    id="parameter-has-no-secret",
    title="No parameter that the templates publish is a secret",
    why="CloudFormation writes parameters in the clear, into the template and into the account",
    severity="high",
    fix="keep it in a secret store, and publish its ARN",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ssm-parameter.html",
    controls=controls(nist="IA-5 SC-28", owasp="LLM02", soc2="CC6.1", aws="DATA-05"),
    check=_check,
)
