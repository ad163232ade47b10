"""A part that fails, or starts without its rights, where something is not there yet waits for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import ALARM, COMPOSITE
from review.rules.facts import FUNCTION, is_a_teams_own, listed
from review.rules.order import made_before
from review.rules.rule import Result, Rule, controls, judged


def _check(deployment: Deployment) -> Iterator[Result]:
    for resource in deployment.assembly.of_type(*_NEEDS):
        if not is_a_teams_own(resource):
            yield judged(_judge, deployment, resource)


def _judge(deployment: Deployment, part: Resource) -> str:
    parts = deployment.assembly.by_stack[part.stack].resources
    needed = {other.id for other in _NEEDS[part.type](deployment, part)}
    late = sorted(needed - made_before(part, parts)) if needed else []
    return f"it does not wait for {late[0]}, and fails or lacks rights where it is made first" if late else ""


def _policy_of_its_role(deployment: Deployment, function: Resource) -> Iterator[Resource]:
    role = str(deployment.resolver.of(function, "Role"))
    for policy in deployment.assembly.within(function.stack, "AWS::IAM::Policy"):
        names = listed(deployment.resolver.of(policy, "Roles"))
        if any(role.endswith(f"/{name}") for name in names):
            yield policy


def _methods(deployment: Deployment, deployed: Resource) -> Iterator[Resource]:
    api = deployment.resolver.of(deployed, "RestApiId")
    for method in deployment.assembly.within(deployed.stack, "AWS::ApiGateway::Method"):
        if deployment.resolver.of(method, "RestApiId") == api:
            yield method


def _policy_of_its_bucket(deployment: Deployment, trail: Resource) -> Iterator[Resource]:
    bucket = deployment.resolver.of(trail, "S3BucketName")
    for policy in deployment.assembly.within(trail.stack, "AWS::S3::BucketPolicy"):
        if deployment.resolver.of(policy, "Bucket") == bucket:
            yield policy


def _policies_of_logs(deployment: Deployment, part: Resource) -> Iterator[Resource]:
    return deployment.assembly.within(part.stack, "AWS::Logs::ResourcePolicy")


def _its_alarms(deployment: Deployment, composite: Resource) -> Iterator[Resource]:
    rule = str(deployment.resolver.of(composite, "AlarmRule"))
    for alarm in deployment.assembly.within(composite.stack, ALARM):
        if f'"{deployment.resolver.of(alarm, "AlarmName")}"' in rule:
            yield alarm


_NEEDS: Mapping[str, Callable[[Deployment, Resource], Iterator[Resource]]] = {
    FUNCTION: _policy_of_its_role,
    COMPOSITE: _its_alarms,
    "AWS::ApiGateway::Deployment": _methods,
    "AWS::CloudTrail::Trail": _policy_of_its_bucket,
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": _policies_of_logs,
}
RULE = Rule(
    id="parts-wait-for-what-they-need",
    title="A part that fails, or starts without its rights, where something is not there yet waits for that",
    why="CloudFormation makes what names nothing at once: a stack that was right fails, or works after some minutes",
    severity="low",
    fix="name what it needs in DependsOn",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html",
    controls=controls(nist="CM-2 SI-17", soc2="CC8.1"),
    check=_check,
)
