"""The models that are named are the approved ones, each by its exact id."""

from __future__ import annotations

from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Document, Statement
from review.iam.matching import action_listed
from review.iam.pattern import Pattern
from review.rules.facts import ENDPOINT, INFERENCE, allowing, policies, wildcards
from review.rules.rule import Result, Rule, controls, judged

_APPROVED = Pattern.of("google.gemma-*")
_MODEL = "bedrock-mantle:model"


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource, found in policies(deployment):
        ends = resource.type == ENDPOINT
        if any(_names(s) or (ends and _infers(s)) for s in allowing(found)):
            yield judged(lambda _, __, found=found: _judge(found), deployment, resource)  # type: ignore[misc]


def _names(statement: Statement) -> bool:
    return any(test.key.lower() == _MODEL for test in statement.condition)


def _infers(statement: Statement) -> bool:
    return statement.action is not None and action_listed(statement.action, INFERENCE)


def _judge(found: Document) -> str:
    for statement in allowing(found):
        if _infers(statement) and not _names(statement):
            return f"{statement.place} lets every model answer: it names none"
        for test in statement.condition:
            if test.key.lower() != _MODEL:
                continue
            if test.operator != "StringEquals":
                return f"{statement.place} compares the model by {test.operator}: StringEquals is exact"
            other = [value for value in test.values if not _APPROVED.matches(value) or wildcards((value,))]
            if other:
                return f"{statement.place} lets {', '.join(other)} answer, which is no approved model"
    return ""


RULE = Rule(
    id="models-are-gemma",
    title="The models that are named are the approved ones, each by its exact id",
    why="another model has another licence, another place, and nobody's approval",
    severity="high",
    fix="name the ids of the model catalogue, compared by StringEquals",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-mantle.html",
    controls=controls(nist="CM-7 SA-4", owasp="LLM04", ai600="2.12", iso="A.4.2 A.10.3", soc2="CC8.1", aws="MODEL-02"),
    check=_check,
)
