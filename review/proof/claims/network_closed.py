"""There is no way out of the network but the endpoints: by what kinds of parts there are, and by what they say."""

from __future__ import annotations

from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.proof.claim import Claim, Refuted
from review.resolve import UnreadableError
from review.words import many

Json = Any
#: Every type that this claim knows. What is in none of them could be a way out.
_READ = {
    *("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::SubnetRouteTableAssociation"),
    *("AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry", "AWS::EC2::SubnetNetworkAclAssociation"),
    *("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"),
    *("AWS::EC2::VPCEndpoint", "AWS::EC2::FlowLog", "AWS::EC2::Route", "AWS::Lambda::Function"),
}
#: Types without a network of their own, by service.
_NO_WAY: dict[str, tuple[str, ...]] = {
    "ApiGateway": (
        *("Account", "Authorizer", "Deployment", "GatewayResponse", "Method", "Model", "RequestValidator"),
        *("Resource", "RestApi", "Stage", "UsagePlan"),
    ),
    "Bedrock": ("Guardrail", "GuardrailVersion"),
    "BedrockMantle": ("Project",),
    "Budgets": ("Budget",),
    "CDK": ("Metadata",),
    "CloudTrail": ("Trail",),
    "CloudWatch": ("Alarm", "CompositeAlarm", "Dashboard"),
    "DynamoDB": ("Table",),
    "Events": ("Rule",),
    "IAM": ("Group", "ManagedPolicy", "Policy", "Role", "RolePolicy"),
    "KinesisFirehose": ("DeliveryStream",),
    "KMS": ("Alias", "Key"),
    "Lambda": ("Alias", "Permission", "Version"),
    "Logs": ("LogGroup", "LogStream", "MetricFilter", "QueryDefinition", "ResourcePolicy", "SubscriptionFilter"),
    "Route53": ("HostedZone", "RecordSet"),
    "Route53Resolver": (
        *("FirewallDomainList", "FirewallRuleGroup", "FirewallRuleGroupAssociation"),
        *("ResolverQueryLoggingConfig", "ResolverQueryLoggingConfigAssociation"),
    ),
    "S3": ("Bucket", "BucketPolicy"),
    "SNS": ("Subscription", "Topic", "TopicPolicy"),
    "SQS": ("Queue", "QueuePolicy"),
    "SSM": ("Parameter",),
}
#: CDK's rule that matches nothing: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.SecurityGroup.html
_NOTHING = ("255.255.255.255/32", "icmp")


def _prove(deployment: Deployment) -> list[Refuted] | str:
    looked = 0
    unknown: list[Resource] = []
    found: list[Refuted] = []
    for resource in deployment.assembly.resources():
        if resource.type in _READ:
            looked += 1
            wrong = _CHECKS.get(resource.type, _fine)(deployment, resource)
            if wrong:
                found.append(Refuted(resource.place, wrong))
        elif resource.type.startswith(("AWS::EC2::", "AWS::VpcLattice::", "AWS::NetworkManager::")):
            found.append(
                Refuted(resource.place, f"it is of {resource.type}, a part of a network that has no place here")
            )
        elif not _no_way(resource.type):
            unknown.append(resource)
    if found:
        return found
    if unknown:
        first = unknown[0]
        raise UnreadableError(f"{first.place} is of {first.type}: whether that is a way out is not known")
    return f"{many(looked, 'part')} of networks and functions, and no other kind of part" if looked else ""


def _no_way(kind: str) -> bool:
    _, _, rest = kind.partition("::")
    service, _, name = rest.partition("::")
    return name in _NO_WAY.get(service, ())


def _fine(_deployment: Deployment, _resource: Resource) -> str:
    return ""


def _route(_deployment: Deployment, route: Resource) -> str:
    targets = {name for name in route.properties if name.endswith(("Id", "Arn")) and name != "RouteTableId"}
    if targets == {"VpcEndpointId"}:
        return ""
    return f"it is a route to {', '.join(sorted(targets)) or 'somewhere'}: the VPC's own are all that is needed"


def _subnet(deployment: Deployment, subnet: Resource) -> str:
    public = deployment.resolver.of(subnet, "MapPublicIpOnLaunch")
    v6 = deployment.resolver.of(subnet, "AssignIpv6AddressOnCreation")
    return "it gives public addresses" if public not in (None, False) or v6 not in (None, False) else ""


def _group(deployment: Deployment, group: Resource) -> str:
    if "SecurityGroupEgress" not in group.properties:
        return "it names no rules for the way out, and EC2 then lets everything out"
    for rule in deployment.resolver.of(group, "SecurityGroupEgress"):
        wrong = _rule(rule)
        if wrong:
            return wrong
    return ""


def _egress(deployment: Deployment, egress: Resource) -> str:
    return _rule({name: deployment.resolver.of(egress, name) for name in egress.properties})


def _rule(rule: Json) -> str:
    if (rule.get("CidrIp"), rule.get("IpProtocol")) == _NOTHING:
        return ""
    if "CidrIp" in rule or "CidrIpv6" in rule:
        return f"it lets out to the addresses {rule.get('CidrIp') or rule.get('CidrIpv6')}"
    if not (rule.get("DestinationSecurityGroupId") or rule.get("DestinationPrefixListId")):
        return "it lets out to what cannot be read"
    ports = (str(rule.get("FromPort")), str(rule.get("ToPort")))
    if str(rule.get("IpProtocol")) not in ("tcp", "6") or ports != ("443", "443"):
        return (
            f"it lets out {rule.get('IpProtocol')} on ports {' to '.join(ports)}: tcp on 443 is what an endpoint takes"
        )
    return ""


def _acl_entry(deployment: Deployment, entry: Resource) -> str:
    values = {name: deployment.resolver.of(entry, name) for name in entry.properties}
    if str(values.get("RuleAction")).lower() == "deny" or values.get("Egress") in (None, False):
        return ""
    ranges = [values.get("CidrBlock"), values.get("Ipv6CidrBlock")]
    wide = [text for text in ranges if text and (text.endswith("/0") or text == "::/0")]
    return f"it lets out to every address, {wide[0]}" if wide else ""


def _endpoint(deployment: Deployment, endpoint: Resource) -> str:
    kind = deployment.resolver.of(endpoint, "VpcEndpointType")
    service = deployment.resolver.of(endpoint, "ServiceName")
    if kind not in ("Interface", "Gateway") or not str(service).startswith(("com.amazonaws.", "aws.api.")):
        return f"it is a {kind} endpoint of {service}, which is no service of AWS"
    return ""


def _function(deployment: Deployment, function: Resource) -> str:
    placed = deployment.resolver.of(function, "VpcConfig") or {}
    return "" if placed.get("SubnetIds") and placed.get("SecurityGroupIds") else "it stands outside of every VPC"


_CHECKS = {
    "AWS::EC2::Route": _route,
    "AWS::EC2::Subnet": _subnet,
    "AWS::EC2::SecurityGroup": _group,
    "AWS::EC2::SecurityGroupEgress": _egress,
    "AWS::EC2::NetworkAclEntry": _acl_entry,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::Lambda::Function": _function,
}


CLAIM = Claim(
    id="network-closed",
    says="Every part of the templates is of a kind that is known; there is no gateway, no peering, no public address "
    "and no route but a VPC's own; every rule for the way out names a group or a prefix list, on 443; every endpoint "
    "is of a service of AWS; every function stands in a VPC.",
    why="a prompt leaves by any way that is open",
    cure="take the part away, or bind it to an endpoint's security group",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    prover=_prove,
    assumes=("Subnets, groups, prefix lists and zones that a template only names are what their owner says they are.",),
    silent=(
        "What is attached to the VPC by hand, and the VPC's default security group.",
        "What DNS carries, and where subscriptions and streams of services deliver: rules judge those.",
    ),
)
