"""What somebody with every right in IAM might try against a deployment, on the resources that its templates make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from review.assembly import Resource
from review.deployment import Deployment
from review.iam.context import Values
from review.proof.inference import INFERENCE

#: Ways to a model, or to what was said to one, beside inference itself.
MODEL_WAYS = (
    *(f"bedrock-mantle:{name}Inference" for name in ("Cancel", "Delete", "Get")),
    *(f"bedrock:{name}" for name in ("CountTokens", "GenerateQuery", "InvokeBuilder", "OptimizePrompt", "Rerank")),
    *(f"bedrock:{name}" for name in ("InvokeDataAutomation", "InvokeDataAutomationAsync")),
    *(
        f"bedrock-mantle:{name}"
        for name in ("CountTokens", "CreateCustomizedModel", "CreateFile", "CreateFineTuningJob")
    ),
    *(f"bedrock:{name}" for name in ("InvokeModel", "InvokeModelWithResponseStream", "CreateModelInvocationJob")),
    *(f"bedrock:{name}" for name in ("InvokeAgent", "InvokeInlineAgent", "InvokeFlow", "StartFlowExecution")),
    *(f"bedrock:{name}" for name in ("RetrieveAndGenerate", "CreateEvaluationJob", "CreateModelCustomizationJob")),
)
TOKENS = (
    *("bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken"),
    *("iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"),
)
ROLES = tuple(
    f"iam:{name}"
    for name in (
        *("PassRole", "CreateRole", "DeleteRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "DeleteRolePolicy"),
        *("AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
    )
)
POLICIES = tuple(
    f"iam:{name}"
    for name in (
        "CreatePolicy",
        "CreatePolicyVersion",
        "DeletePolicy",
        "DeletePolicyVersion",
        "SetDefaultPolicyVersion",
    )
)
FUNCTIONS = tuple(
    f"lambda:{name}"
    for name in (
        *("UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission", "CreateFunctionUrlConfig"),
        *("DeleteFunction", "PublishVersion", "CreateAlias", "UpdateAlias"),
        *("CreateFunction", "PutFunctionEventInvokeConfig", "PutRuntimeManagementConfig"),
    )
)
#: What is asked for on no function, or on a mapping; a condition key says which function.
MAPPINGS = ("lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping")
_BEDROCK = (
    *("bedrock-mantle:PutAccountDataRetention", "bedrock-mantle:UpdateProject", "bedrock-mantle:ArchiveProject"),
    *("bedrock:UpdateGuardrail", "bedrock:DeleteGuardrail", "bedrock:PutModelInvocationLoggingConfiguration"),
)
_LOGS = tuple(
    f"logs:{name}"
    for name in (
        "DeleteLogGroup",
        "DeleteLogStream",
        "PutRetentionPolicy",
        "PutSubscriptionFilter",
        "DeleteSubscriptionFilter",
        "PutDataProtectionPolicy",
        "DeleteDataProtectionPolicy",
        "DisassociateKmsKey",
    )
)
_TRAILS = tuple(f"cloudtrail:{name}" for name in ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"))
_BUCKETS = tuple(
    f"s3:{name}"
    for name in (
        *("DeleteBucket", "PutBucketLogging", "PutBucketNotification", "PutBucketPolicy", "PutInventoryConfiguration"),
        *("PutLifecycleConfiguration", "PutReplicationConfiguration"),
    )
)
_OBJECTS = tuple(f"s3:{name}" for name in ("DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention"))
_KEYS = tuple(f"kms:{name}" for name in ("ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"))
_ALARMS = tuple(f"cloudwatch:{name}" for name in ("DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm"))
_RULES = "AWS::Route53Resolver::FirewallRuleGroup"
#: By type: the service, what its ARN's last part begins with, and what is tried.
_TAGGED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "AWS::EC2::VPC": ("ec2", "vpc/", ("AttachInternetGateway", "CreateSubnet", "CreateVpcPeeringConnection")),
    "AWS::EC2::RouteTable": ("ec2", "route-table/", ("CreateRoute", "ReplaceRoute")),
    "AWS::EC2::SecurityGroup": ("ec2", "security-group/", ("AuthorizeSecurityGroupEgress",)),
    "AWS::EC2::NetworkAcl": ("ec2", "network-acl/", ("CreateNetworkAclEntry", "ReplaceNetworkAclEntry")),
    "AWS::EC2::VPCEndpoint": ("ec2", "vpc-endpoint/", ("ModifyVpcEndpoint", "DeleteVpcEndpoints")),
    "AWS::ApiGateway::RestApi": ("apigateway", "/restapis/", ("DELETE", "PATCH", "UpdateRestApiPolicy")),
    _RULES: ("route53resolver", "firewall-rule-group/", ("UpdateFirewallRule", "DeleteFirewallRule")),
}


@dataclass(frozen=True)
class Attempt:
    """Something that is tried.

    Attributes
    ----------
    what
        In words.
    actions, resource
        What is asked for; a pattern where any resource will do.
    fixed
        Condition keys that the request carries, because of what the resource is.
    """

    what: str
    actions: tuple[str, ...]
    resource: str = "*"
    fixed: dict[str, Values] = field(default_factory=dict)


def bypasses(deployment: Deployment) -> Iterator[Attempt]:
    """Yield what may be tried to reach a model beside a proxy, or to be a proxy, or to change one."""
    yield Attempt("infer without being a proxy", (INFERENCE,))
    yield Attempt("reach a model another way", MODEL_WAYS)
    yield Attempt("use or make a bearer token", TOKENS)
    resolver = deployment.resolver
    for function in deployment.assembly.of_type("AWS::Lambda::Function"):
        arn = resolver.arn(function)
        yield Attempt(f"change {function.place}", FUNCTIONS, arn)
        yield Attempt(f"feed {function.place}", MAPPINGS, fixed={"lambda:functionarn": (arn,)})
        yield Attempt(f"invoke {function.place} by hand", ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl"), arn)
        role = resolver.text(function, "Role") or "*"
        yield Attempt(f"change the role of {function.place}", ROLES, role)
        yield Attempt(f"take on the role of {function.place}", ("sts:AssumeRole",), role)
    for policy in deployment.assembly.of_type("AWS::IAM::ManagedPolicy"):
        yield Attempt(f"change {policy.place}", POLICIES, resolver.arn(policy, "PolicyArn"))


def attempts(deployment: Deployment) -> Iterator[Attempt]:
    """Yield what may be tried against a deployment."""
    yield from bypasses(deployment)
    yield Attempt("change guardrails, Projects or retention", _BEDROCK)
    resolver = deployment.resolver
    for group in deployment.assembly.of_type("AWS::Logs::LogGroup"):
        yield Attempt(f"change or empty {group.place}", _LOGS, resolver.arn(group))
    for trail in deployment.assembly.of_type("AWS::CloudTrail::Trail"):
        yield Attempt(f"stop {trail.place}", _TRAILS, resolver.arn(trail))
    for bucket in deployment.assembly.of_type("AWS::S3::Bucket"):
        yield Attempt(f"open or empty {bucket.place}", _BUCKETS, resolver.arn(bucket))
        yield Attempt(f"delete what is in {bucket.place}", _OBJECTS, f"{resolver.arn(bucket)}/?*")
    yield from _keys(deployment)
    yield from _tagged(deployment)


def _tagged(deployment: Deployment) -> Iterator[Attempt]:
    """Parts that the documents know by their tags, and alarms."""
    resolver = deployment.resolver
    for kind, (service, name, actions) in _TAGGED.items():
        for part in deployment.assembly.of_type(kind):
            id = (
                resolver.reference(part.id, part.stack)
                if kind != _RULES
                else resolver.attribute(part.id, "Id", part.stack)
            )
            place = resolver.place(part.stack)
            arn = place.arn(service, name + id, account=service != "apigateway")
            tried = tuple(f"{service}:{action}" for action in actions)
            yield Attempt(f"change {part.place}", tried, arn, _tags(deployment, part))
    for alarm in deployment.assembly.of_type("AWS::CloudWatch::Alarm"):
        yield Attempt(f"silence {alarm.place}", _ALARMS, resolver.arn(alarm))


def _keys(deployment: Deployment) -> Iterator[Attempt]:
    resolver = deployment.resolver
    aliases = {
        resolver.of(alias, "TargetKeyId"): str(resolver.of(alias, "AliasName"))
        for alias in deployment.assembly.of_type("AWS::KMS::Alias")
    }
    for key in deployment.assembly.of_type("AWS::KMS::Key"):
        alias = aliases.get(resolver.arn(key)) or aliases.get(resolver.reference(key.id, key.stack))
        fixed: dict[str, Values] = {"kms:resourcealiases": (alias,)} if alias else {}
        yield Attempt(f"end or change {key.place}", _KEYS, resolver.arn(key), fixed)
        granting: dict[str, Values] = {**fixed, "kms:grantisforawsresource": ("false",)}
        yield Attempt(f"grant the use of {key.place}", ("kms:CreateGrant",), resolver.arn(key), granting)


def _tags(deployment: Deployment, resource: Resource) -> dict[str, Values]:
    tags = deployment.resolver.of(resource, "Tags") or []
    return {f"aws:resourcetag/{str(tag['Key']).lower()}": (str(tag["Value"]),) for tag in tags}
