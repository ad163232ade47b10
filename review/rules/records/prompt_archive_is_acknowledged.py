"""Where prompts and answers are archived, the stack says who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.finding import Status
from review.rules.prompts import archives
from review.rules.rule import UNREADABLE, Result, Rule, controls, reason

_SAID = "PromptArchiveAcknowledged"


def _check(deployment: Deployment) -> Iterator[Result]:
    for role, place, bucket in archives(deployment):
        try:
            yield _judged(deployment, role.resource.stack, role.resource.place, place, bucket is not None)
        except UNREADABLE as doubt:
            yield Result(role.resource.place, Status.UNDECIDED, reason(doubt), role.resource.type)


def _judged(deployment: Deployment, stack: str, where: str, place: str, known: bool) -> Result:
    if not known:
        return Result(where, Status.FAIL, f"a function writes to {place}, which is in no bucket of its own stack")
    outputs = deployment.assembly.by_stack[stack].body.get("Outputs") or {}
    said = deployment.resolver.value((outputs.get(_SAID) or {}).get("Value"), stack)
    if not isinstance(said, str) or not said.strip():
        return Result(where, Status.FAIL, f"a function writes to {place}, and {stack} has no output {_SAID}")
    return Result(where, Status.PASS, f"PROMPTS AND ANSWERS ARE ARCHIVED in {place}, acknowledged by {said}")


RULE = Rule(
    id="prompt-archive-is-acknowledged",
    title="Where prompts and answers are archived, the stack says who answers for it",
    why="prompts that are kept without anybody's saying so are kept by mistake, or in secret",
    severity="critical",
    fix="set 'archive' in the team's file, with the person who acknowledges it; or take the right to write away",
    source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
    controls=controls(nist="AU-9 SI-12 PT-2", soc2="C1.1 C1.2"),
    check=_check,
    told=True,
)
