"""Endpoints let through what functions call, and nothing that opens, changes or empties a resource."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Document, service
from review.rules.facts import ENDPOINT, allowing, wildcards
from review.rules.rule import Rule, controls, each

#: What a function may have to call, by service. All else of these passes nobody: `sqs:SetQueueAttributes` sets a
#: queue's policy, and `s3:PutObjectAcl` opens an object
#: (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
_CALLED = {
    "bedrock": {"ApplyGuardrail"},
    "bedrock-mantle": {"CreateInference", "GetModel", "GetProject", "ListModels", "ListProjects"},
    "dynamodb": {"DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "UpdateItem"},
    "execute-api": {"Invoke"},
    "kms": {"GenerateMac", "GetPublicKey", "Sign"},
    "s3": {"AbortMultipartUpload", "GetObject", "GetObjectVersion", "ListBucket", "PutObject"},
    "sqs": {
        *("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage"),
        "SendMessage",
    },
    "sts": {"GetCallerIdentity"},
}
#: Of other services: nothing of these kinds.
_OPENS = ("Permissions management", "Tagging")


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    document = deployment.once(_documents).get(endpoint.place)
    for statement in allowing(document) if document else ():
        # What has a wildcard, or names what does not pass, is seen by another rule.
        for action in statement.action.values if statement.action and not statement.action.negated else ():
            if not wildcards((action,)) and not _passes(action):
                return f"{statement.place} lets {action} through, which no function calls"
    return ""


def _documents(deployment: Deployment) -> dict[str, Document]:
    return {a.resource.place: a.document for a in deployment.attached(ENDPOINT) if a.document is not None}


def _passes(action: str) -> bool:
    prefix, _, name = action.partition(":")
    called = _CALLED.get(prefix.lower())
    if called is not None:
        return name.lower() in {one.lower() for one in called}
    found = service.action(action)
    return found is None or not any(kind in found.access for kind in _OPENS)


RULE = Rule(
    id="endpoint-passes-what-functions-call",
    title="Endpoints let through what functions call, and nothing that opens, changes or empties a resource",
    why="who may set a queue's or a bucket's policy from within can open it to others, and a prompt leaves by that",
    severity="high",
    fix="take the action out of the endpoint's policy",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    controls=controls(nist="AC-3 AC-4 AC-6 SC-7", owasp="LLM02", soc2="CC6.1 CC6.6", aws="INFRA-01"),
    check=_check,
)
