"""What several rules ask of a deployment, read once: its functions, groups, endpoints and policies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.assembly import Resource, Template
from review.deployment import RESOURCE_POLICIES, Deployment
from review.iam import Document, Statement
from review.iam.matching import action_listed
from review.identities import INLINE, Identity, document
from review.rules.rule import Check, Result, judged

Json = Any
INFERENCE, GUARDRAIL = "bedrock-mantle:CreateInference", "bedrock:ApplyGuardrail"
FUNCTION, ENDPOINT, GROUP = "AWS::Lambda::Function", "AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroup"
TABLE, TOPIC, STREAM = "AWS::DynamoDB::Table", "AWS::SNS::Topic", "AWS::KinesisFirehose::DeliveryStream"
QUEUE = "AWS::SQS::Queue"


def is_on(value: Json) -> bool:
    """Whether a boolean of a template is true, however it is written.

    Example
    -------
    >>> is_on(True), is_on("true"), is_on({"Ref": "Perhaps"}), is_on(None)
    (True, True, False, False)
    """
    return value is True or value == "true"


def listed(value: Json) -> list[Json]:
    """A list of what a template writes as one value or several.

    Example
    -------
    >>> listed("a"), listed(["a"]), listed(None)
    (['a'], ['a'], [])
    """
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def whole(value: Json) -> str:
    """The mark of a resource, whichever of its attributes a value is.

    Example
    -------
    >>> whole("<Network.Group.GroupId>"), whole("<Network.Group>"), whole("sg-0123")
    ('<Network.Group>', '<Network.Group>', 'sg-0123')
    """
    return re.sub(r"^<([^.<>]+\.[^.<>]+)\.\w+>$", r"<\1>", str(value))


def of(deployment: Deployment, resource: Resource) -> dict[str, Json]:
    """All properties of a resource, resolved."""
    return {name: deployment.resolver.of(resource, name) for name in resource.properties}


def is_development(template: Template) -> bool:
    """Whether a stack says in its outputs that it is not for production."""
    said = (template.body.get("Outputs") or {}).get("Mode", {}).get("Value")
    return isinstance(said, str) and said.startswith("development")


def is_schedule(deployment: Deployment, rule: Resource) -> bool:
    """Whether a rule of EventBridge acts by the clock alone, and carries nothing that happened anywhere."""
    said = of(deployment, rule)
    return bool(said.get("ScheduleExpression")) and not said.get("EventPattern") and not said.get("EventBusName")


def is_a_teams_own(resource: Resource) -> bool:
    """Whether a team's own class made a part: CDK begins its logical id with the id of the construct that it is in.

    What keeps others and the evidence safe is asked of such parts too; how a team is told of its own is its to say.

    Example
    -------
    >>> is_a_teams_own(Resource("Cloister-Team-atlas", "ExtensionUnansweredF92E5C92", "AWS::CloudWatch::Alarm", {}, {}))
    True
    """
    return resource.id.startswith("Extension")


def output(deployment: Deployment, name: str) -> str:
    """What an output of the platform's stacks says; nothing if none has the name, or it is no plain text."""
    for template in deployment.once(_platform):
        said = (template.body.get("Outputs") or {}).get(name, {}).get("Value")
        if isinstance(said, str):
            return said
    return ""


def developing(deployment: Deployment) -> bool:
    """Whether a stack of the deployment says in its outputs that it is not for production."""
    return deployment.once(_developing)


def _developing(deployment: Deployment) -> bool:
    return any(is_development(template) for template in deployment.once(_platform))


def _platform(deployment: Deployment) -> list[Template]:
    """The stacks that say what holds for all: a team's, which has an API, does not, unless there are no others."""
    every = deployment.assembly.templates
    apis = {api.stack for api in deployment.assembly.of_type("AWS::ApiGateway::RestApi")}
    return [template for template in every if template.stack not in apis] or list(every)


def _functions(deployment: Deployment) -> list[Function]:
    roles = deployment.identities.roles
    return [
        Function(resource, of(deployment, resource), roles.get(str(deployment.resolver.of(resource, "Role"))))
        for resource in deployment.assembly.of_type(FUNCTION)
    ]


@dataclass(frozen=True)
class Function:
    """A function, with its properties resolved, and its role if a template makes it."""

    resource: Resource
    properties: Mapping[str, Json]
    role: Identity | None

    def may(self, action: str) -> bool:
        """Whether a policy of its role allows an action on anything."""
        return self.role is not None and allows(self.role, action)


def allows(identity: Identity, action: str) -> bool:
    """Whether a policy of an identity allows an action on anything."""
    return any(s.action is not None and action_listed(s.action, action) for s in identity.groups[0])


def functions(deployment: Deployment) -> list[Function]:
    """The functions."""
    return deployment.once(_functions)


def leads_to_its_own(deployment: Deployment, part: Resource, uri: Json) -> bool:
    """Whether the Uri of a part of an API names a function of the part's stack."""
    arns = map(deployment.resolver.arn, deployment.assembly.within(part.stack, FUNCTION))
    return any(f"/functions/{arn}/" in str(uri) for arn in arns)


def _key_arns(deployment: Deployment) -> set[str]:
    return {deployment.resolver.arn(key) for key in deployment.assembly.of_type("AWS::KMS::Key")}


def key_arns(deployment: Deployment) -> set[str]:
    """The ARNs of the keys that the templates make."""
    return deployment.once(_key_arns)


def function_roles(deployment: Deployment) -> list[Identity]:
    """The roles that Lambda takes on."""
    return [role for role in deployment.identities.roles.values() if "lambda.amazonaws.com" in role.services]


def each_function_role(judge: Callable[[Deployment, Identity], str]) -> Check:
    """Make a check of a judge of functions' roles."""

    def check(deployment: Deployment) -> Iterator[Result]:
        for role in function_roles(deployment):
            yield judged(lambda d, _, role=role: judge(d, role), deployment, role.resource)  # type: ignore[misc]

    return check


def each_function(judge: Callable[[Deployment, Function], str]) -> Check:
    """Make a check of a judge of functions."""

    def check(deployment: Deployment) -> Iterator[Result]:
        for found in functions(deployment):
            yield judged(lambda d, _, found=found: judge(d, found), deployment, found.resource)  # type: ignore[misc]

    return check


def _keys(deployment: Deployment) -> set[str]:
    resolver = deployment.resolver
    keys = {
        name
        for key in deployment.assembly.of_type("AWS::KMS::Key")
        for name in (resolver.arn(key), resolver.reference(key.id, key.stack))
    }
    aliases = deployment.assembly.of_type("AWS::KMS::Alias")
    return keys | {str(resolver.of(a, "AliasName")) for a in aliases if resolver.of(a, "TargetKeyId") in keys}


def is_own_key(deployment: Deployment, value: Json) -> bool:
    """Whether a value is the ARN, the id or the alias of a key that the templates make."""
    return isinstance(value, str) and value in deployment.once(_keys)


# ---- groups and endpoints ----


def _endpoints_by_group(deployment: Deployment) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for endpoint in deployment.assembly.of_type(ENDPOINT):
        for group in listed(deployment.resolver.of(endpoint, "SecurityGroupIds")):
            found[whole(group)].append(endpoint)
    return dict(found)


def endpoints_by_group(deployment: Deployment) -> dict[str, list[Resource]]:
    """The endpoints by the mark of each security group that is theirs."""
    return deployment.once(_endpoints_by_group)


def service_of(deployment: Deployment, endpoint: Resource) -> str:
    """The service of an endpoint, as it is called in names: `bedrock-mantle`."""
    return str(deployment.resolver.text(endpoint, "ServiceName")).rpartition(".")[2]


def _rules_by_group(deployment: Deployment, kind: str, inline: str) -> dict[str, list[dict[str, Json]]]:
    found: dict[str, list[dict[str, Json]]] = defaultdict(list)
    for rule in deployment.assembly.of_type(kind):
        written = of(deployment, rule)
        found[whole(written["GroupId"])].append(written)
    for group in deployment.assembly.of_type(GROUP):
        own = whole(deployment.resolver.reference(group.id, group.stack))
        found[own].extend(deployment.resolver.of(group, inline) or [])
    return dict(found)


def _egress(deployment: Deployment) -> dict[str, list[dict[str, Json]]]:
    return _rules_by_group(deployment, "AWS::EC2::SecurityGroupEgress", "SecurityGroupEgress")


def _ingress(deployment: Deployment) -> dict[str, list[dict[str, Json]]]:
    return _rules_by_group(deployment, "AWS::EC2::SecurityGroupIngress", "SecurityGroupIngress")


def egress(deployment: Deployment) -> dict[str, list[dict[str, Json]]]:
    """The rules for the way out by the mark of their group."""
    return deployment.once(_egress)


def ingress(deployment: Deployment) -> dict[str, list[dict[str, Json]]]:
    """The rules for the way in by the mark of their group."""
    return deployment.once(_ingress)


# ---- policies ----


def _policies(deployment: Deployment) -> list[tuple[Resource, Document]]:
    found: list[tuple[Resource, Document]] = []
    resolver = deployment.resolver
    for resource in deployment.assembly.of_type(*INLINE, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        found.append((resource, document(resolver.of(resource, "PolicyDocument"), resource.place)))
    for resource in deployment.assembly.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for inline in resolver.of(resource, "Policies") or []:
            found.append((resource, document(inline["PolicyDocument"], resource.place)))
        trust = resolver.of(resource, "AssumeRolePolicyDocument")
        if trust is not None:
            found.append((resource, document(trust, resource.place)))
    for attached in deployment.attached(*RESOURCE_POLICIES):
        if attached.document is not None:
            found.append((attached.resource, attached.document))
    return found


def policies(deployment: Deployment) -> list[tuple[Resource, Document]]:
    """Every policy document that the templates write, with the resource that it stands in."""
    return deployment.once(_policies)


def identity_policies(deployment: Deployment) -> list[tuple[Resource, Document]]:
    """Those that say what a principal may do: not trust, and not a resource's own."""
    return [
        (resource, found)
        for resource, found in policies(deployment)
        if resource.type not in RESOURCE_POLICIES and not any(s.principals for s in found.statements)
    ]


def denies_everybody(statement: Mapping[str, Json], *actions: str) -> bool:
    """Whether a statement of a resource's policy denies actions to whoever asks; its condition is not looked at.

    Examples
    --------
    >>> denies_everybody({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["s3:*"]}, "s3:*")
    True
    """
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and set(actions) <= set(listed(statement.get("Action")))
    )


def serves_alone(policy: Json, actions: Iterable[str], serves: Callable[[str], bool]) -> bool:
    """Whether a key's policy denies actions to everybody but roles, each of whose ARNs passes a test."""
    for statement in listed((policy or {}).get("Statement")):
        condition = statement.get("Condition") or {}
        patterns = listed((condition.get("ArnNotLike") or {}).get("aws:PrincipalArn"))
        if (
            denies_everybody(statement, *actions)
            and condition.keys() == {"ArnNotLike"}
            and patterns
            and all(serves(str(pattern)) for pattern in patterns)
        ):
            return True
    return False


def bucket_denies(deployment: Deployment, bucket: Resource, asked: Callable[[Json], bool]) -> bool:
    """Whether a bucket's policy denies all use of it and its objects, under a condition that passes a test."""
    own, arn = deployment.resolver.reference(bucket.id, bucket.stack), deployment.resolver.arn(bucket)
    return any(
        denies_everybody(statement, "s3:*")
        and asked(statement.get("Condition") or {})
        and {arn, f"{arn}/*"} <= set(listed(statement.get("Resource")))
        for policy in deployment.assembly.of_type("AWS::S3::BucketPolicy")
        if deployment.resolver.of(policy, "Bucket") == own
        for statement in listed((deployment.resolver.of(policy, "PolicyDocument") or {}).get("Statement"))
    )


def allowing(found: Document) -> list[Statement]:
    """The statements of a document that allow."""
    return [s for s in found.statements if s.effect == "Allow"]


def wildcards(values: tuple[str, ...]) -> list[str]:
    """Those of some texts that are patterns."""
    return [value for value in values if "*" in value or "?" in value]
