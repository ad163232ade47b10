"""Every part is of a type that the review knows, and bears no policy that it does not read."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.resolve import UnreadableError
from review.rules.rule import Result, Rule, controls, judged
from review.rules.types import KNOWN, properties

#: Ways out or round that have no place in any deployment of this kind, and what each is.
_NEVER = {
    "AWS::Lambda::Url": "another way in to a function, which no API's policy sees",
    "AWS::Lambda::EventSourceMapping": "another way in to a function",
    "AWS::Lambda::LayerVersion": "code that runs beside a function's own",
    "AWS::Logs::Destination": "a way for records to another account",
    "AWS::Logs::AccountPolicy": "a subscription or another change of every log group",
    "AWS::Logs::Delivery": "a way for records to another place",
    "AWS::IAM::User": "a principal with keys that do not end",
    "AWS::IAM::AccessKey": "a key that does not end",
    "AWS::Bedrock::ApplicationInferenceProfile": "a way to a model of another Region",
}
_NETWORKS = (
    "EC2",
    "VpcLattice",
    "NetworkManager",
    "DirectConnect",
    "GlobalAccelerator",
    "ElasticLoadBalancingV2",
    "ApiGatewayV2",
    "CloudFront",
    "AppRunner",
    "RAM",
)


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource in deployment.assembly.resources():
        yield judged(_judge, deployment, resource)


def _judge(_deployment: Deployment, resource: Resource) -> str:
    if resource.type in _NEVER:
        return f"it is {_NEVER[resource.type]}"
    known = KNOWN.get(resource.type)
    if known is None:
        service = resource.type.split("::")[1] if resource.type.count("::") > 1 else ""
        what = "a part of a network" if service in _NETWORKS else "a type"
        raise UnreadableError(
            f"{resource.type} is {what} that this review does not know: what it lets through is not seen"
        )
    made = [name for name in resource.properties if name == "Ref" or str(name).startswith("Fn::")]
    if made:
        raise UnreadableError(f"{made[0]} makes its properties when it is deployed: what they are is not seen")
    strange = [name for name in resource.properties if _bears_a_policy(name) and name not in known]
    if strange:
        raise UnreadableError(f"{resource.type} has {', '.join(strange)}, which this review does not read")
    own = properties().get(resource.type)
    others = [name for name in resource.properties if own is not None and name not in own]
    if others:
        raise UnreadableError(f"{resource.type} has {others[0]}: what that opens, keeps or starts is not seen")
    if "Condition" in resource.body:
        raise UnreadableError("whether it is made is decided when it is deployed, by a Condition")
    return ""


def _bears_a_policy(name: str) -> bool:
    return "Policy" in name or name in (
        "Permissions",
        "Grants",
        "AccessControl",
        "ReplicationConfiguration",
        "NotificationConfiguration",
        "FileSystemConfigs",
        "DeadLetterConfig",
    )


RULE = Rule(
    id="parts-are-known",
    title="Every part is of a type that the review knows, and bears no policy that it does not read",
    why="what is not known may lead out, let somebody in, or grant a right",
    severity="critical",
    fix="take it away; or, if it has its place, teach the review what it may do",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/what-is-amazon-vpc.html",
    controls=controls(nist="CM-7 CM-8 SC-7", soc2="CC6.6 CC8.1", aws="INFRA-01 INFRA-08", iso="A.4.5"),
    check=_check,
)
