"""No principal of the templates can change anything but what serving a request needs."""

from __future__ import annotations

import re
from functools import cache

from review.deployment import Deployment
from review.iam import Statement, service
from review.iam.matching import action_listed
from review.identities import Identity
from review.proof.ask import allowed, statements, witness
from review.proof.claim import MOST, Claim, Refuted
from review.proof.opened import opened
from review.proof.search import actions_matching
from review.words import many

_READS = ("Read", "List")
#: What serving a request changes, by action. All of it is bounded by other claims or leaves a trace of its own.
NEEDED = (
    "bedrock-mantle:CreateInference",
    "bedrock:ApplyGuardrail",
    "execute-api:Invoke",
    *(f"logs:{name}" for name in ("CreateLogGroup", "CreateLogStream", "PutLogEvents")),
    # What Lambda needs to attach a function to a VPC: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    *(f"ec2:{name}NetworkInterface" for name in ("Create", "Delete")),
    *(f"ec2:{name}PrivateIpAddresses" for name in ("Assign", "Unassign")),
    *(f"kms:{name}" for name in ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateMac", "Sign")),
    *(f"dynamodb:{name}" for name in ("PutItem", "UpdateItem", "DeleteItem")),
    "cloudwatch:PutMetricData",
)
#: What a service of AWS changes where it delivers, with a role that it alone takes on: its actions, the types of the
#: templates' parts that they are on, and the end of these parts' ARNs.
DELIVERS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "firehose.amazonaws.com": (("s3:AbortMultipartUpload", "s3:PutObject"), "AWS::S3::Bucket", "/*"),
    "logs.amazonaws.com": (
        ("firehose:PutRecord", "firehose:PutRecordBatch"),
        "AWS::KinesisFirehose::DeliveryStream",
        "",
    ),
}


#: What a function that a team adds changes, by action, and on what: in a bucket, or in a queue, that the deployment's
#: network opens to that team.
_CHANGES = {
    "s3:PutObject": re.compile(r"arn:[a-z-]+:s3:::[a-z0-9][a-z0-9-]{1,61}[a-z0-9]/\*"),
    **dict.fromkeys(
        ("sqs:DeleteMessage", "sqs:SendMessage"), re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[^:*?]+:[A-Za-z0-9_-]+")
    ),
}
#: What a proxy changes where prompts are archived.
_ARCHIVES = "s3:PutObject"


@cache
def changes(name: str) -> bool:
    """Whether an action changes something, as AWS's data has it."""
    action = service.action(name)
    return action is not None and action.access not in _READS


def _prove(deployment: Deployment) -> list[Refuted] | str:
    needed = statements({"Action": list(NEEDED)})
    listed = needed[0].action
    identities = deployment.identities.all
    looked = 0
    wrong: list[Refuted] = []
    for identity in identities:
        actions = [
            name
            for name in actions_matching(identity.groups[0])
            if changes(name) and not (listed is not None and action_listed(listed, name))
        ]
        looked += len(actions)
        found = allowed(deployment, identity, actions, beyond=_beyond(deployment, identity))
        if found is not None:
            shown = witness(deployment, identity, found)
            wrong.append(Refuted(identity.resource.place, shown.says, shown))
            if len(wrong) == MOST:
                break
    if wrong:
        return wrong
    return (
        f"{many(len(identities), 'principal')}; "
        f"{many(len(NEEDED), 'changing action is', 'changing actions are')} what serving needs"
        if identities
        else ""
    )


def _beyond(deployment: Deployment, identity: Identity) -> list[Statement]:
    return [
        *_delivers(deployment, identity),
        *_archives(deployment, identity),
        *_opened(deployment, identity),
    ]


def _archives(deployment: Deployment, identity: Identity) -> list[Statement]:
    """What a proxy may put where prompts are archived: objects, into a locked bucket of its own stack.

    That the stack says who answers for it, and that the bucket is closed, are rules of their own
    (`prompt-archive-is-acknowledged`, `prompt-archive-is-closed`).
    """
    if identity.services != ["lambda.amazonaws.com"] or identity.part != "proxy":
        return []
    locked = [
        bucket
        for bucket in deployment.assembly.of_type("AWS::S3::Bucket")
        if bucket.stack == identity.resource.stack and deployment.resolver.of(bucket, "ObjectLockEnabled") is True
    ]
    arns = [f"{deployment.resolver.arn(bucket)}/*" for bucket in locked]
    return statements({"Action": _ARCHIVES, "Resource": arns}) if arns else []


def _delivers(deployment: Deployment, identity: Identity) -> list[Statement]:
    """What a service may do with the role that it alone takes on, in the buckets and streams of the templates."""
    if len(set(identity.services)) != 1 or identity.services[0] not in DELIVERS:
        return []
    actions, kind, end = DELIVERS[identity.services[0]]
    arns = [f"{deployment.resolver.arn(part)}{end}" for part in deployment.assembly.of_type(kind)]
    return statements({"Action": list(actions), "Resource": arns}) if arns else []


def _opened(deployment: Deployment, identity: Identity) -> list[Statement]:
    """What a team's own function may change: in what an endpoint lets the path of its roles through to."""
    return [
        statement
        for action, named in _CHANGES.items()
        if (arns := [arn for arn in opened(deployment, identity, action) if named.fullmatch(arn)])
        for statement in statements({"Action": [action], "Resource": arns})
    ]


CLAIM = Claim(
    id="nothing-changed",
    says="No principal of the templates can write, tag or grant anything, in any service, but by the actions that "
    "serving a request needs: " + ", ".join(NEEDED) + "; and services that deliver, with a role that each alone takes "
    "on, to the buckets and streams of the templates: "
    + ", ".join(f"{name} by {' and '.join(actions)}" for name, (actions, _, _) in DELIVERS.items())
    + f"; and a team's own functions, by {', '.join(_CHANGES)}, in a bucket or a queue that the policy of an endpoint "
    "names for the path of their roles; of a hub's endpoint, the one that the network's outputs ask for; and proxies, "
    f"by {_ARCHIVES}, to objects of a bucket of their own stack under Object Lock, where prompts are archived.",
    why="whoever serves requests could otherwise weaken the guardrail, change retention, stop the record, end a key, "
    "or open the network",
    cure="take the action out of the statement that the witness names",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    prover=_prove,
    silent=(
        "CloudFormation's own role and whoever deploys: they make all of this.",
        "What an action that AWS's data calls Read or List gives away.",
    ),
)
