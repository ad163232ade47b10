"""What the network opens to a team's own functions: what an endpoint's policy names for the path of their roles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from review.deployment import Deployment
from review.iam.document import Document, Test
from review.iam.matching import action_listed
from review.identities import Identity, document

_OWN = re.compile(r"arn:[a-z-]+:iam::[^:]+:role/cloister/([^/]+)/extension/[^/]+/")


def opened(deployment: Deployment, identity: Identity, action: str) -> list[str]:
    """Return the resources that an action is let through to for the path of a role; none of what is no team's own.

    Parameters
    ----------
    deployment, identity
        Whose role.
    action
        What is let through, such as `sqs:ReceiveMessage`.
    """
    path, _, _ = identity.arn.rpartition("/")
    own = _OWN.fullmatch(f"{path}/")
    if identity.services != ["lambda.amazonaws.com"] or own is None:
        return []
    policies = [*deployment.once(_of_endpoints), *_of_a_hub(deployment, f"{own[1]}-Network")]
    return _let_through(policies, action, path)


def _of_endpoints(deployment: Deployment) -> list[Document]:
    """The policies of endpoints that the templates make."""
    return [each.document for each in deployment.attached("AWS::EC2::VPCEndpoint") if each.document]


def _of_a_hub(deployment: Deployment, stack: str) -> list[Document]:
    """The policies that the network's outputs ask of a hub's endpoints; no other stack is believed."""
    template = deployment.assembly.by_stack.get(stack)
    outputs = (template.body.get("Outputs") or {}) if template else {}
    return [
        document(json.loads(deployment.resolver.value(output["Value"], stack)), f"{stack}.Outputs.{id}")
        for id, output in outputs.items()
        if id.startswith("HubPolicy")
    ]


def _let_through(policies: Iterable[Document], action: str, path: str) -> list[str]:
    return [
        resource
        for policy in policies
        for statement in policy.statements
        if statement.effect == "Allow" and statement.action and action_listed(statement.action, action)
        if any(_is_path(test, f"{path}/*") for test in statement.condition)
        for resource in (statement.resource.values if statement.resource and not statement.resource.negated else ())
    ]


def _is_path(test: Test, path: str) -> bool:
    return test.key.lower() == "aws:principalarn" and test.operator == "ArnLike" and test.values == (path,)
