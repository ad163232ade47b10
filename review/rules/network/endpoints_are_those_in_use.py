"""There is an endpoint for each service that is called, and none that lets requests through for another."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.finding import Status
from review.rules.facts import ENDPOINT, GUARDRAIL, INFERENCE, functions, listed, service_of
from review.rules.rule import WHOLE, NotApplicableError, Result, Rule, controls, judged

#: What a function's right on an action, or a part of the templates, needs an endpoint for.
_NEEDED = {
    INFERENCE: "bedrock-mantle",
    GUARDRAIL: "bedrock-runtime",
    "s3:GetObject": "s3",
    "s3:PutObject": "s3",
    "dynamodb:UpdateItem": "dynamodb",
    "kms:Sign": "kms",
    "kms:GenerateMac": "kms",
    "sqs:ReceiveMessage": "sqs",
    "sqs:SendMessage": "sqs",
}
#: What settings ask for before a team is given any of it: by what right a team uses it, and what was asked for.
_AHEAD = {
    "s3": ("s3:GetObject", "buckets for images are named, and no team has been given one yet"),
    "sqs": ("sqs:SendMessage", "queues are opened to functions of the teams' own, and there is none yet"),
    "dynamodb": ("dynamodb:UpdateItem", "teams may have budgets, and none has one yet"),
    "kms": ("kms:Sign", "records are to be signed, and there is no team yet"),
}


def _check(deployment: Deployment) -> Iterator[Result]:
    wanted = {service for f in functions(deployment) for action, service in _NEEDED.items() if f.may(action)}
    wanted |= {"execute-api"} if deployment.assembly.by_type.get("AWS::ApiGateway::RestApi") else set()
    wanted |= {"sts"} if deployment.assembly.by_type.get("AWS::ApiGateway::Authorizer") else set()
    there: set[str] = set()
    for endpoint in deployment.assembly.of_type(ENDPOINT):
        name = service_of(deployment, endpoint)
        there.add(name)
        yield judged(lambda d, e, name=name: _unused(d, e, name, wanted), deployment, endpoint)  # type: ignore[misc]
    if there:
        for name in sorted(wanted - there):
            yield Result(WHOLE, Status.FAIL, f"functions call {name}, and there is no endpoint for it")


def _unused(deployment: Deployment, endpoint: Resource, name: str, wanted: set[str]) -> str:
    if name in wanted or (name in _ALWAYS and not functions(deployment)) or name in _ALWAYS:
        return ""
    written = deployment.resolver.of(endpoint, "PolicyDocument")
    if written is not None and not any(s.get("Effect") == "Allow" for s in listed(written.get("Statement"))):
        return ""
    action, said = _AHEAD.get(name, ("", ""))
    if action and not any(f.may(action) for f in functions(deployment)):
        raise NotApplicableError(said)
    return f"nothing in these templates calls {name}, and its policy lets requests through"


#: What any team that is added later needs.
_ALWAYS = ("bedrock-mantle", "bedrock-runtime", "execute-api", "sts")


RULE = Rule(
    id="endpoints-are-those-in-use",
    title=("There is an endpoint for each service that is called, and none that lets requests through for another"),
    why="a missing one is a way by the public name; one too many is a courier",
    severity="medium",
    fix="add or take away the endpoint; one that only a scanner asks for denies everything",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html",
    controls=controls(nist="SC-7 CM-7", soc2="CC6.6", aws="INFRA-01", lens="GENSEC01-BP02"),
    check=_check,
)
