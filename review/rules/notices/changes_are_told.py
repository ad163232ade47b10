"""Each call that changes a part of the deployment is told: a rule of EventBridge sees it, and names a topic."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.calls import event, kinds
from review.rules.facts import TOPIC, is_a_teams_own, listed
from review.rules.patterns import matches
from review.rules.rule import Result, Rule, controls, judged

Json = Any
#: Where EventBridge sees the changes of IAM (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html).
_HOME_OF_IAM = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1"}
#: The attribute in a mark: whichever it is of, one id is meant.
_ATTRIBUTE = re.compile(r"<([^.<>]+\.[^.<>]+)\.\w+>")


def _check(deployment: Deployment) -> Iterator[Result]:
    if deployment.once(_telling):
        for resource in deployment.assembly.of_type(*kinds()):
            place = deployment.resolver.place(resource.stack)
            if is_a_teams_own(resource):
                continue
            if not resource.type.startswith("AWS::IAM::") or _HOME_OF_IAM.get(place.partition) == place.region:
                yield judged(_judge, deployment, resource)


def _judge(deployment: Deployment, part: Resource) -> str:
    for said in kinds()[part.type]:
        by_stack = deployment.once(_telling).get(f"{said['service']}.amazonaws.com", {})
        for call in said["calls"]:
            for asked in _requests(deployment, part, said["named"]):
                seen = event(said["service"], call, asked)
                # The rule of its own stack is asked first: of a team's part, that is the one that tells of it.
                near = chain([part.stack], (stack for stack in by_stack if stack != part.stack))
                if not any(matches(pattern, seen) for stack in near for pattern in by_stack.get(stack, ())):
                    shown = ", ".join(f"{name} {value}" for name, value in asked.items())
                    return f"{call} is told to nobody{f', where the request has {shown}' if shown else ''}"
    return ""


def _requests(deployment: Deployment, part: Resource, named: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """The parameters of requests about a part, in each way in which they name it."""
    resolver = deployment.resolver
    if not named:
        yield {}
    for parameter, forms in named.items():
        for form in forms:
            named_by = resolver.reference(part.id, part.stack) if form == "name" else resolver.arn(part, form)
            yield {parameter: _ATTRIBUTE.sub(r"<\1>", named_by).removesuffix(":*")}


def _telling(deployment: Deployment) -> dict[str, dict[str, list[Json]]]:
    """The patterns of the rules that tell a topic of calls, by the service that is called and by their stacks."""
    resolver = deployment.resolver
    topics = {resolver.arn(topic, "TopicArn") for topic in deployment.assembly.of_type(TOPIC)}
    found: dict[str, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    for rule in deployment.assembly.of_type("AWS::Events::Rule"):
        pattern = resolver.of(rule, "EventPattern")
        off = str(resolver.of(rule, "State") or "ENABLED").startswith("DISABLED")
        told = any(target.get("Arn") in topics for target in listed(resolver.of(rule, "Targets")))
        if isinstance(pattern, Mapping) and told and not off:
            for source in listed((pattern.get("detail") or {}).get("eventSource")):
                same = json.loads(_ATTRIBUTE.sub(r"<\1>", json.dumps(pattern)))
                found[str(source)][rule.stack].append(same)
    return {source: dict(by_stack) for source, by_stack in found.items()}


RULE = Rule(
    id="changes-are-told",
    title="Each call that changes a part of the deployment is told to a topic",
    why="who changes a guardrail, a policy or a trail by hand has changed what this review says, and nobody looks",
    severity="high",
    fix="name the call, and the part as the request names it, in the pattern of a rule whose target is a topic",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html",
    controls=controls(
        nist="CM-3(5) AU-6(1) SI-4(5)", ai600="MS-2.7-009", soc2="CC7.2 CC8.1", aws="DETECT-05", iso="A.6.2.6"
    ),
    check=_check,
)
