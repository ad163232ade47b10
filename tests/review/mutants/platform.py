"""A defect of the platform's stacks for each rule and each claim that is about them."""

from __future__ import annotations

from typing import Any

from tests.review.mutants.defects import (
    both,
    later,
    locked,
    passing,
    reaching,
    remade,
    seeded,
)
from tests.review.mutants.mutant import (
    AUDIT,
    GUARDRAILS,
    NETWORK,
    SIGNED,
    Change,
    Mutant,
    add,
    attribute,
    drop,
    first,
    put,
    remove,
)

Json = Any
ENDPOINT = "EC2::VPCEndpoint"
_STS_GROUP = [{"Fn::GetAtt": ["StsSecurityGroup35CE417F", "GroupId"]}]
_SUBNETS = [{"Ref": f"IsolatedVpcIsolatedSubnet{n}"} for n in ("1Subnet6AF42FE2", "2SubnetE3373FE3")]
_COURIER = add(
    ENDPOINT,
    VpcEndpointType="Interface",
    Tags=[{"Key": "deployment", "Value": "Cloister"}],
    ServiceName="com.amazonaws.us-east-1.secretsmanager",
    VpcId={"Ref": "IsolatedVpcB985E05F"},
    PrivateDnsEnabled=True,
    SubnetIds=_SUBNETS,
    SecurityGroupIds=_STS_GROUP,
    PolicyDocument={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": {"Fn::Sub": "arn:aws:secretsmanager:us-east-1:${AWS::AccountId}:secret:*"},
                "Condition": {
                    "StringEquals": {
                        "aws:PrincipalAccount": {"Ref": "AWS::AccountId"},
                        "aws:ResourceAccount": {"Ref": "AWS::AccountId"},
                    }
                },
            }
        ],
    },
)


def _named(body: Json) -> None:
    """Let the names of an endpoint for secrets be resolved."""
    domains = first(body, "Route53Resolver::FirewallDomainList", "DnsFirewallAllowed")["Domains"]
    domains.append("secretsmanager.us-east-1.amazonaws.com")


def _queues(action: str) -> Change:
    """Let a team's own functions do something to their queue, through an endpoint that is there."""

    def change(body: Json) -> None:
        account = {"Ref": "AWS::AccountId"}
        named = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/cloister/Cloister/extension/atlas/*"}
        first(body, ENDPOINT, "StsEndpoint")["PolicyDocument"]["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["sqs:SendMessage", action],
                "Resource": {"Fn::Sub": "arn:aws:sqs:us-east-1:${AWS::AccountId}:atlas-work"},
                "Condition": {
                    "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account},
                    "ArnLike": {"aws:PrincipalArn": named},
                },
            }
        )

    return change


#: Ways by which S3 sends on, by itself, what a bucket holds, or lists of it.
_ELSEWHERE = {
    "InventoryConfigurations": [
        {
            "Id": "all",
            "Enabled": True,
            "IncludedObjectVersions": "All",
            "ScheduleFrequency": "Daily",
            "Destination": {"BucketArn": "arn:aws:s3:::elsewhere", "Format": "CSV"},
        }
    ],
    "LoggingConfiguration": {"DestinationBucketName": "elsewhere"},
    "MetadataTableConfiguration": {
        "S3TablesDestination": {"TableBucketArn": "arn:aws:s3tables:us-east-1:1:bucket/a", "TableName": "evidence"}
    },
}


#: What opens, keeps or starts something by a property that no rule is about.
_UNSEEN: tuple[tuple[str, str, str, Json, str], ...] = (
    (NETWORK, ENDPOINT, "ServiceRegion", "eu-west-1", "StsEndpoint"),
    (AUDIT, "CloudTrail::Trail", "SnsTopicName", "arn:aws:sns:us-east-1:999999999999:all", ""),
    (AUDIT, "SNS::Topic", "Subscription", [{"Protocol": "http", "Endpoint": "http://elsewhere.example"}], ""),
    (AUDIT, "KMS::Key", "Origin", "EXTERNAL", ""),
    (SIGNED, "ApiGateway::RestApi", "Body", {"swagger": "2.0", "paths": {}}, ""),
    (SIGNED, "Lambda::Function", "DurableConfig", {"ExecutionTimeout": 900, "RetentionPeriodInDays": 14}, ""),
)


PLATFORM: tuple[Mutant, ...] = (
    *(
        seeded("parts-are-known", stack, put(kind, name, value, start), f"a {kind} with {name}")
        for stack, kind, name, value, start in _UNSEEN
    ),
    *(
        seeded("bucket-copies-nowhere", AUDIT, put("S3::Bucket", name, value), f"evidence with {name}")
        for name, value in _ELSEWHERE.items()
    ),
    seeded(
        "evidence-stays", AUDIT, put("KMS::Key", "KeyPolicy.Statement.0.Principal", {"AWS": "*"}), "a key for everybody"
    ),
    seeded(
        "endpoints-closed",
        NETWORK,
        drop(ENDPOINT, "PolicyDocument.Statement.0.Condition", "StsEndpoint"),
        "strangers at STS's endpoint",
    ),
    seeded("network-closed", NETWORK, put("EC2::Subnet", "MapPublicIpOnLaunch", True), "public addresses"),
    seeded(
        "default-group-has-no-members",
        NETWORK,
        put(
            ENDPOINT,
            "SecurityGroupIds",
            [*_STS_GROUP, {"Fn::GetAtt": ["IsolatedVpcB985E05F", "DefaultSecurityGroup"]}],
            "StsEndpoint",
        ),
        "an endpoint in the default group",
    ),
    seeded(
        "flow-log-records-all-traffic",
        NETWORK,
        put("EC2::FlowLog", "TrafficType", "ACCEPT"),
        "flow logs of accepted traffic alone",
    ),
    seeded(
        "subnet-is-under-the-network-acl",
        NETWORK,
        remove("EC2::SubnetNetworkAclAssociation"),
        "subnets without the network ACL",
    ),
    seeded(
        "network-acl-lets-in-what-is-named",
        NETWORK,
        put("EC2::NetworkAclEntry", "PortRange", {"From": 0, "To": 65535}, "AclHttpsIn"),
        "an ACL for every port",
    ),
    seeded(
        "function-reaches-endpoints-alone",
        NETWORK,
        passing,
        "proxies that reach the callers",
    ),
    seeded(
        "endpoint-takes-https-from-named-groups",
        NETWORK,
        reaching,
        "callers at the models' endpoint",
    ),
    seeded("endpoints-are-those-in-use", NETWORK, both(_COURIER, locked, _named), "an endpoint for secrets"),
    seeded(
        "endpoint-has-private-dns",
        NETWORK,
        put(ENDPOINT, "PrivateDnsEnabled", False, "BedrockMantle"),
        "private DNS off",
    ),
    seeded(
        "endpoint-policy-names-its-actions",
        NETWORK,
        put(ENDPOINT, "PolicyDocument.Statement.0.Action", "bedrock-mantle:*", "BedrockMantle"),
        "every action of mantle at its endpoint",
    ),
    seeded(
        "endpoint-passes-what-functions-call",
        NETWORK,
        put(
            ENDPOINT,
            "PolicyDocument.Statement.1.Action",
            ["bedrock-mantle:GetModel", "bedrock-mantle:GetProject", "bedrock-mantle:UpdateProject"],
            "BedrockMantle",
        ),
        "changes of Projects at their endpoint",
    ),
    *(
        seeded("endpoint-passes-what-functions-call", NETWORK, _queues(action), f"{action} at an endpoint")
        for action in ("sqs:SetQueueAttributes", "sqs:AddPermission", "sqs:RemovePermission", "sqs:PurgeQueue")
    ),
    seeded(
        "group-rules-name-their-ports",
        NETWORK,
        drop("EC2::SecurityGroup", "SecurityGroupEgress.0.ToPort"),
        "a way out that does not say where its ports end",
    ),
    seeded(
        "model-endpoint-takes-roles-by-path",
        NETWORK,
        drop(ENDPOINT, "PolicyDocument.Statement.0.Condition.ArnLike", "BedrockMantle"),
        "every role at the models' endpoint",
    ),
    seeded(
        "hosted-zone-is-private", NETWORK, both(add("Route53::HostedZone", Name="example.com"), locked), "a public zone"
    ),
    seeded(
        "zones-are-what-the-endpoints-have",
        NETWORK,
        put(ENDPOINT, "SubnetIds", [{"Ref": "IsolatedVpcIsolatedSubnet1Subnet6AF42FE2"}], "StsEndpoint"),
        "an endpoint in one zone",
    ),
    seeded(
        "vpc-asks-a-dns-firewall",
        NETWORK,
        put("Route53Resolver::FirewallRuleGroupAssociation", "Priority", 9000),
        "a firewall that is asked late",
    ),
    seeded(
        "everything-else-is-blocked",
        NETWORK,
        put("Route53Resolver::FirewallDomainList", "Domains", ["*.com"], "DnsFirewallEverything"),
        "names that are blocked but for some",
    ),
    seeded(
        "allowed-names-are-the-endpoints",
        NETWORK,
        put("Route53Resolver::FirewallDomainList", "Domains.0", "*.example.com", "DnsFirewallAllowed"),
        "somebody's domain allowed",
    ),
    seeded(
        "redirections-are-inspected",
        NETWORK,
        put(
            "Route53Resolver::FirewallRuleGroup",
            "FirewallRules.0.FirewallDomainRedirectionAction",
            "TRUST_REDIRECTION_DOMAIN",
        ),
        "redirections that are trusted",
    ),
    seeded(
        "dns-firewall-is-locked",
        NETWORK,
        put("Route53Resolver::FirewallRuleGroupAssociation", "MutationProtection", "DISABLED"),
        "a firewall that can be taken off",
    ),
    seeded("lock-comes-last", NETWORK, later, "a lock that others come after"),
    seeded(
        "queries-are-recorded",
        NETWORK,
        remove("Route53Resolver::ResolverQueryLoggingConfigAssociation"),
        "names that nobody sees",
    ),
    seeded(
        "blocked-names-raise-an-alarm", NETWORK, put("CloudWatch::Alarm", "Threshold", 1000), "an alarm on a thousand"
    ),
    seeded(
        "services-are-bound-to-a-source",
        AUDIT,
        drop("KMS::Key", "KeyPolicy.Statement.2.Condition", "EvidenceKey"),
        "CloudTrail for anybody's trail",
    ),
    seeded(
        "prompt-attacks-are-filtered",
        GUARDRAILS,
        remade(put("Bedrock::Guardrail", "ContentPolicyConfig.FiltersConfig.5.InputStrength", "NONE")),
        "no filter of prompt attacks",
    ),
    seeded(
        "content-is-filtered-both-ways",
        GUARDRAILS,
        remade(put("Bedrock::Guardrail", "ContentPolicyConfig.FiltersConfig.0.OutputStrength", "NONE")),
        "answers that are not filtered",
    ),
    seeded(
        "images-are-judged",
        GUARDRAILS,
        remade(put("Bedrock::Guardrail", "ContentPolicyConfig.FiltersConfig.0.InputModalities", ["TEXT"])),
        "images that are not judged",
    ),
    seeded(
        "personal-data-is-filtered",
        GUARDRAILS,
        remade(drop("Bedrock::Guardrail", "SensitiveInformationPolicyConfig")),
        "no filter of personal data",
    ),
    seeded("has-a-customer-key", GUARDRAILS, drop("Bedrock::Guardrail", "KmsKeyArn"), "a guardrail without the key"),
    seeded(
        "text-stays-in-the-region",
        GUARDRAILS,
        put(
            "Bedrock::Guardrail",
            "CrossRegionConfig",
            {"GuardrailProfileArn": "arn:aws:bedrock:us-east-1::guardrail-profile/us.guardrail.v1:0"},
        ),
        "text in other Regions",
    ),
    seeded(
        "evidence-is-kept",
        AUDIT,
        attribute("S3::Bucket", "DeletionPolicy", "Delete"),
        "evidence that goes with its stack",
    ),
    seeded(
        "bucket-is-closed",
        AUDIT,
        put("S3::Bucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False),
        "a bucket that a policy may open",
    ),
    seeded("bucket-owner-owns-all", AUDIT, drop("S3::Bucket", "OwnershipControls"), "access control lists"),
    seeded("bucket-has-a-customer-key", AUDIT, drop("S3::Bucket", "BucketEncryption"), "a bucket without the key"),
    seeded("bucket-keeps-versions", AUDIT, drop("S3::Bucket", "VersioningConfiguration"), "a bucket without versions"),
    seeded("bucket-ends-its-files", AUDIT, drop("S3::Bucket", "LifecycleConfiguration"), "files for ever"),
    seeded(
        "bucket-takes-tls-alone", AUDIT, drop("S3::BucketPolicy", "PolicyDocument.Statement.0"), "requests without TLS"
    ),
    seeded(
        "trail-records-model-calls",
        AUDIT,
        drop("CloudTrail::Trail", "AdvancedEventSelectors.0"),
        "inference that no trail records",
    ),
    seeded(
        "trail-is-whole",
        AUDIT,
        put("CloudTrail::Trail", "EnableLogFileValidation", False),
        "files that can be changed unseen",
    ),
    seeded(
        "evidence-is-watched",
        AUDIT,
        drop("CloudTrail::Trail", "AdvancedEventSelectors.2"),
        "evidence that nobody watches",
    ),
    seeded(
        "topic-takes-tls-alone",
        AUDIT,
        drop("SNS::TopicPolicy", "PolicyDocument.Statement.0"),
        "alarms without TLS",
    ),
    seeded("key-rotates", AUDIT, put("KMS::Key", "EnableKeyRotation", False), "a key that does not rotate"),
    seeded("key-waits-before-deletion", AUDIT, put("KMS::Key", "PendingWindowInDays", 7), "a key that is soon gone"),
)
