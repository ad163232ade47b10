"""Endpoint policies name the actions that they let through, without wildcards."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Document
from review.iam.document import Test
from review.rules.facts import ENDPOINT, allowing, wildcards
from review.rules.rule import Rule, controls, each

#: A bucket or what is in it, and a queue: named, whoever asks. What else passes is of the deployment, by other rules.
_NAMED = {
    "s3": re.compile(r"arn:[a-z-]+:s3:::[^*?/]+(/[^*?]*\*?)?"),
    "sqs": re.compile(r"arn:[a-z-]+:sqs:[^:*?]+:[^:*?]+:[^:*?]+"),
}
#: The proxies, or one team's own functions.
_PATH = re.compile(r"arn:[a-z-]+:iam::[^:*?]+:role/cloister/[^/*?]+/(proxy|extension/[^/*?]+)/\*")


def _is_of_one_path(test: Test) -> bool:
    found = test.key.lower() == "aws:principalarn" and test.operator == "ArnLike" and len(test.values) == 1
    return found and _PATH.fullmatch(test.values[0]) is not None


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    for attached in deployment.once(_documents).get(endpoint.place, []):
        for statement in allowing(attached):
            if statement.action is None or statement.action.negated or wildcards(statement.action.values):
                return f"{statement.place} lets through more actions than it names"
            if statement.resource is None or statement.resource.negated:
                return f"{statement.place} lets through all resources but some"
            for named in (_NAMED.get(action.partition(":")[0].lower()) for action in statement.action.values):
                if named and not all(map(named.fullmatch, statement.resource.values)):
                    return f"{statement.place} lets through to buckets or queues that it does not name"
                if named and not any(map(_is_of_one_path, statement.condition)):
                    return f"{statement.place} lets others through to them than the roles of one path"
    return ""


def _documents(deployment: Deployment) -> dict[str, list[Document]]:
    return {a.resource.place: [a.document] for a in deployment.attached(ENDPOINT) if a.document is not None}


RULE = Rule(
    id="endpoint-policy-names-its-actions",
    title="Endpoint policies name the actions that they let through, without wildcards",
    why="a wildcard lets through operations that store or read back prompts",
    severity="high",
    fix="name the one action that the functions call",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    controls=controls(nist="AC-3 AC-6 SC-7", owasp="LLM02", soc2="CC6.1", aws="INFRA-01", lens="GENSEC01-BP01"),
    check=_check,
)
