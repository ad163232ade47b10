"""Nobody but the deployers changes what guards, records and carries the prompts."""

from __future__ import annotations

from stacks.policies.names import Names
from stacks.policies.statement import Condition, Statement, deny

__all__ = ["network", "platform"]

_RETENTION = ("bedrock-mantle:PutAccountDataRetention", "bedrock:PutAccountDataRetention")
_PROJECTS = (
    "bedrock-mantle:ArchiveProject",
    "bedrock-mantle:CreateProject",
    "bedrock-mantle:TagResource",
    "bedrock-mantle:UntagResource",
    "bedrock-mantle:UpdateProject",
)
_GUARDRAILS = (
    "bedrock:CreateGuardrailVersion",
    "bedrock:DeleteEnforcedGuardrailConfiguration",
    "bedrock:DeleteGuardrail",
    "bedrock:PutEnforcedGuardrailConfiguration",
    "bedrock:UpdateGuardrail",
)
# The first two would write prompts down that go to bedrock-runtime, or stop it.
_LOGGING = (
    "bedrock:DeleteModelInvocationLoggingConfiguration",
    "bedrock:PutModelInvocationLoggingConfiguration",
    "logs:DeleteAccountPolicy",
    "logs:PutAccountPolicy",
)
_TRAILS = (
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
)
_LOG_GROUPS = (
    "logs:AssociateKmsKey",
    "logs:DeleteDataProtectionPolicy",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DeleteRetentionPolicy",
    "logs:DeleteSubscriptionFilter",
    "logs:DisassociateKmsKey",
    "logs:PutDataProtectionPolicy",
    "logs:PutLogGroupDeletionProtection",
    "logs:PutRetentionPolicy",
    "logs:PutSubscriptionFilter",
)
# What deletes evidence or opens it, and what has S3 copy it, or lists of it, to another bucket.
_BUCKET = (
    "s3:BypassGovernanceRetention",
    "s3:CreateBucketMetadataTableConfiguration",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutAnalyticsConfiguration",
    "s3:PutBucketAcl",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutInventoryConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectRetention",
    "s3:PutReplicationConfiguration",
)
_KEYS = (
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
)
_NETWORK = (
    "ec2:AssociateRouteTable",
    "ec2:AttachInternetGateway",
    "ec2:AttachVpnGateway",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateNatGateway",
    "ec2:CreateNetworkAclEntry",
    "ec2:CreateRoute",
    "ec2:CreateSubnet",
    "ec2:CreateTags",
    "ec2:CreateTransitGatewayVpcAttachment",
    "ec2:CreateVpcEndpoint",
    "ec2:CreateVpcPeeringConnection",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteNetworkAclEntry",
    "ec2:DeleteTags",
    "ec2:DeleteVpcEndpoints",
    "ec2:ModifySecurityGroupRules",
    "ec2:ModifyVpcAttribute",
    "ec2:ModifyVpcEndpoint",
    "ec2:ReplaceNetworkAclAssociation",
    "ec2:ReplaceNetworkAclEntry",
    "ec2:ReplaceRoute",
    "ec2:ReplaceRouteTableAssociation",
)
_DNS = (
    "route53resolver:CreateFirewallRule",
    "route53resolver:DeleteFirewallRule",
    "route53resolver:DeleteFirewallRuleGroup",
    "route53resolver:DeleteResolverQueryLogConfig",
    "route53resolver:DisassociateFirewallRuleGroup",
    "route53resolver:DisassociateResolverQueryLogConfig",
    "route53resolver:UntagResource",
    "route53resolver:UpdateFirewallDomains",
    "route53resolver:UpdateFirewallRule",
    "route53resolver:UpdateFirewallRuleGroupAssociation",
)
# What they are about is a VPC, whose id is an argument and no resource, or something that no template makes: whether a
# query passes that the firewall cannot evaluate, and rules that forward queries.
_RESOLVER = ("route53resolver:AssociateResolverRule", "route53resolver:UpdateFirewallConfig")
_ALARMS = (
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DisableAlarmActions",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:SetAlarmState",
)
# Authorisation off, the resource policy wide, or data trace on, which writes prompts into the execution log.
_APIS = ("apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT", "apigateway:UpdateRestApiPolicy")


def platform(names: Names) -> list[Statement]:
    """Return the denials that keep retention, Projects, guardrails, evidence and keys as deployed.

    Parameters
    ----------
    names
        The deployment. Its keys are known by their aliases.
    """
    but_deployers = _but_deployers(names)
    aliased: Condition = {**but_deployers, "ForAnyValue:StringLike": {"kms:ResourceAliases": names.key_aliases}}
    keys = names.regional("kms", "key/*")
    return [
        deny(
            "RetentionIsNone",
            ["bedrock-mantle:PutAccountDataRetention"],
            condition={"StringNotEquals": {"bedrock-mantle:DataRetentionMode": "none"}},
        ),
        deny("DeployersChangeBedrock", [*_RETENTION, *_PROJECTS, *_GUARDRAILS, *_LOGGING], condition=but_deployers),
        deny("DeployersChangeTrails", _TRAILS, names.regional("cloudtrail", f"trail/{names.name}-*"), but_deployers),
        deny("DeployersChangeLogs", _LOG_GROUPS, names.log_groups, but_deployers),
        deny("DeployersChangeAlarms", _ALARMS, names.regional("cloudwatch", f"alarm:{names.name}-*"), but_deployers),
        deny("DeployersChangeEvidence", _BUCKET, names.buckets, but_deployers),
        deny("DeployersChangeKeys", _KEYS, keys, aliased),
        deny(
            "GrantsForServicesOnly",
            ["kms:CreateGrant"],
            keys,
            {**aliased, "Bool": {"kms:GrantIsForAWSResource": "false"}},
        ),
    ]


def network(names: Names) -> list[Statement]:
    """Return the denials that keep the network and the APIs as deployed.

    Parameters
    ----------
    names
        The deployment. Its network and APIs are known by the tag ``deployment``, which CloudFormation puts on them.
    """
    but_deployers = _but_deployers(names)
    tagged: Condition = {**but_deployers, "StringEquals": {"aws:ResourceTag/deployment": names.name}}
    api = f"arn:{names.partition}:apigateway:{names.region}::"
    return [
        deny("DeployersChangeTheNetwork", _NETWORK, names.regional("ec2", "*"), tagged),
        deny("DeployersChangeTheDnsFirewall", _DNS, names.regional("route53resolver", "*"), tagged),
        deny("DeployersChangeTheResolver", _RESOLVER, names.regional("route53resolver", "*"), but_deployers),
        deny("DeployersChangeTheApis", _APIS, f"{api}/restapis*", tagged),
        deny(
            "DeployersHoldTheTag",
            ["apigateway:DELETE", "apigateway:PUT"],
            f"{api}/tags/*",
            {**but_deployers, "ForAnyValue:StringEquals": {"aws:TagKeys": ["deployment"]}},
        ),
    ]


def _but_deployers(names: Names) -> Condition:
    return {"ArnNotLike": {"aws:PrincipalArn": names.deployers}}
