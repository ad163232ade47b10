"""No role reads what another stack keeps, nor a queue that is neither its own nor opened to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from review.deployment import Deployment
from review.iam import Statement
from review.iam.matching import action_listed
from review.identities import Identity
from review.proof.opened import opened
from review.rules.rule import Result, Rule, controls, judged

#: What hands out what others have put there. AWS's data calls these Read and List, so that no claim about changes has
#: them (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html).
_RECEIVES = "sqs:ReceiveMessage"
_READS = (
    _RECEIVES,
    *(f"s3:{name}" for name in ("GetObject", "GetObjectVersion", "GetObjectTorrent", "ListBucket")),
    *(f"dynamodb:{name}" for name in ("BatchGetItem", "GetItem", "GetRecords", "PartiQLSelect", "Query", "Scan")),
    *(f"logs:{name}" for name in ("FilterLogEvents", "GetLogEvents", "GetLogRecord", "StartLiveTail", "StartQuery")),
    *(f"logs:{name}" for name in ("GetQueryResults", "Unmask")),
)
_KEEPS = ("AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::SQS::Queue")
#: Who is there to read: an account's auditors, by their path. Claims and rules of their own are about these roles.
_AUDITORS = ":role/cloister-auditors/"
#: API Gateway's own role has a policy of AWS's, which reads too, and API Gateway alone takes it on
#: (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html).
_OF_AWS = ["apigateway.amazonaws.com"]
_WILD = re.compile(r"[*?]|\$\{")


def _check(deployment: Deployment) -> Iterator[Result]:
    for identity in deployment.identities.all:
        if any(_reads(statement) for statement in identity.groups[0]):
            yield judged(lambda d, _, its=identity: _judge(d, its), deployment, identity.resource)  # type: ignore[misc]


def _reads(statement: Statement) -> list[str]:
    return [name for name in _READS if statement.action is not None and action_listed(statement.action, name)]


def _judge(deployment: Deployment, identity: Identity) -> str:
    if _AUDITORS in identity.arn or identity.services == _OF_AWS:
        return ""
    stack = identity.resource.stack
    for statement in identity.groups[0]:
        actions = _reads(statement)
        if not actions:
            continue
        if statement.resource is None or statement.resource.negated:
            return f"{statement.place} lets it {actions[0]} wherever it likes"
        for value in statement.resource.values:
            for arn, place in deployment.once(_kept):
                if not place.startswith(f"{stack}/") and _may_be(value, arn) and _is_of(actions, arn):
                    return f"{statement.place} lets it {_one(actions, arn)} of {place}, which is another stack's"
            if _RECEIVES in actions and not _is_opened(deployment, identity, value):
                return f"{statement.place} lets it receive from {value}, which is neither its own nor opened to it"
    return ""


def _kept(deployment: Deployment) -> list[tuple[str, str]]:
    """What keeps something, by ARN, with its place."""
    return [(deployment.resolver.arn(r).removesuffix(":*"), r.place) for r in deployment.assembly.of_type(*_KEEPS)]


def _is_of(actions: list[str], arn: str) -> bool:
    return any(name.partition(":")[0] == arn.split(":")[2] for name in actions)


def _one(actions: list[str], arn: str) -> str:
    return next(name for name in actions if name.partition(":")[0] == arn.split(":")[2])


def _may_be(value: str, arn: str) -> bool:
    """Whether a resource of a policy may be this one, or in it; in doubt, it may."""
    found = _WILD.search(value)
    if found is None:
        return value == arn or value.startswith((f"{arn}/", f"{arn}:"))
    head = value[: found.start()]
    return arn.startswith(head) or head.startswith((f"{arn}/", f"{arn}:"))


def _is_opened(deployment: Deployment, identity: Identity, value: str) -> bool:
    own = {deployment.resolver.arn(queue) for queue in deployment.assembly.within(identity.resource.stack, _KEEPS[-1])}
    return value in own or value in opened(deployment, identity, _RECEIVES)


RULE = Rule(
    id="data-is-read-by-its-own",
    title="No role reads what another stack keeps, nor a queue that is neither its own nor opened to it",
    why="a message, an object or a record of another team's is read by who has the right to, and nobody hears of it",
    severity="high",
    fix="name what the role's own stack makes, or what the endpoint's policy names for the path of its roles",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html",
    controls=controls(nist="AC-3 AC-4 AC-6", owasp="LLM02", soc2="CC6.1 CC6.3", aws="IAM-02"),
    check=_check,
)
