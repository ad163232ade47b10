"""What is reviewed is a whole deployment."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.finding import Status
from review.rules.rule import WHOLE, Result, Rule, controls
from review.words import many

#: The fewest resources that a network with endpoints, evidence and a guardrail is made of.
_FLOOR = 30
_PARTS = ("AWS::Bedrock::Guardrail", "AWS::KMS::Key", "AWS::Logs::LogGroup")


def _check(deployment: Deployment) -> Iterator[Result]:
    count = sum(len(template.resources) for template in deployment.assembly.templates)
    missing = [kind for kind in _PARTS if kind not in deployment.assembly.by_type]
    if missing:
        found = f"there is no {', '.join(missing)}: this is no whole deployment"
        yield Result(WHOLE, Status.FAIL, found)
    elif count < _FLOOR:
        found = (
            f"{many(count, 'resource is', 'resources are')} there: {_FLOOR} are the least, so something was left out"
        )
        yield Result(WHOLE, Status.FAIL, found)
    else:
        yield Result(
            WHOLE, Status.PASS, f"{many(count, 'resource')} in {many(len(deployment.assembly.templates), 'stack')}"
        )


RULE = Rule(
    id="is-whole",
    title="What is reviewed is a whole deployment",
    why="an empty synthesis has no findings either",
    severity="critical",
    fix="review the whole cloud assembly that is deployed",
    source="https://docs.aws.amazon.com/cdk/v2/guide/deploy.html",
    controls=controls(nist="CM-8 CA-7", soc2="CC7.1"),
    check=_check,
)
