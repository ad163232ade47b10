"""No output is the output of another stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review.deployment import Deployment
from review.finding import Status
from review.rules.rule import Result, Rule, controls


def _check(deployment: Deployment) -> Iterator[Result]:
    for template in deployment.assembly.templates:
        wrong = [
            name
            for name, body in (template.body.get("Outputs") or {}).items()
            if isinstance(body.get("Value"), Mapping) and "Fn::GetStackOutput" in body["Value"]
        ]
        status = Status.FAIL if wrong else Status.PASS
        yield Result(
            f"{template.stack}/template", status, f"the outputs {', '.join(wrong)} are another stack's" if wrong else ""
        )


RULE = Rule(
    id="outputs-read-no-other-stack",
    title="No output is the output of another stack",
    why="CloudFormation fails on it with an internal failure",
    severity="medium",
    fix="let the stack that owns the value write the output",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html",
    controls=controls(nist="CM-6", soc2="A1.2"),
    check=_check,
)
