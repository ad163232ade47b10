"""What somebody of the account might try, and what stops it."""

from stacks.policies import Names
from tests.stacks.policies.evaluate import Request

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
NAMES = Names("Cloister", ACCOUNT, "us-east-1", administrators=(f"{ROLE}/platform",))
DEVELOPER = f"{ROLE}/developer"
ADMINISTRATOR = f"{ROLE}/platform"
CLOUDFORMATION = f"{ROLE}/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1"
PROXY = f"{ROLE}/cloister/Cloister/proxy/Cloister-Team-atlas-ProxyRole-X"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/cloister/Cloister/proxy/Cloister-Team-atlas-Boundary-X"
PROJECT = f"arn:aws:bedrock-mantle:us-east-1:{ACCOUNT}:project/proj_1"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:Cloister-Team-atlas-Proxy"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:Cloister-Team-atlas-RecordsGroup-X:*"
EXECUTION_LOG = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:API-Gateway-Execution-Logs_a1b2c3/v1:*"
BUCKET = "arn:aws:s3:::cloister-audit-evidencebucket-x"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/Cloister-data-events"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
LOGS_KEY = {"kms:ResourceAliases": ["alias/cloister/logs"]}
TAGGED = {"aws:ResourceTag/deployment": "Cloister"}
VPC = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-1"
API = "arn:aws:apigateway:us-east-1::/restapis/a1b2c3"
INSIDE = {"aws:SourceVpce": "vpce-1"}
INFER = Request("bedrock-mantle:CreateInference", PROJECT, INSIDE)


#: What somebody of the account might try, by the document that stops it, and the statement of it that does.
ATTEMPTS: list[tuple[str, str, Request]] = [
    ("scp.json", "InferenceByProxiesOnly", INFER),
    ("scp.json", "InferenceByProxiesOnly", Request(INFER.action, PROJECT.replace("proj_1", "default"), INSIDE)),
    ("scp.json", "NoBearerTokens", Request("bedrock:CallWithBearerToken")),
    ("scp.json", "NoBearerTokens", Request("bedrock-mantle:CallWithBearerToken")),
    ("scp.json", "NoLongTermKeys", Request("iam:CreateServiceSpecificCredential", f"arn:aws:iam::{ACCOUNT}:user/ann")),
    ("scp.json", "NoLongTermKeys", Request("iam:ResetServiceSpecificCredential", f"arn:aws:iam::{ACCOUNT}:user/ann")),
    ("scp.json", "NobodyAssumesTheRoles", Request("sts:AssumeRole", PROXY)),
    ("scp.json", "NobodyInvokesTheFunctions", Request("lambda:InvokeFunction", FUNCTION)),
    ("scp.json", "NobodyInvokesTheFunctions", Request("lambda:InvokeFunction", f"{FUNCTION}:1")),
    ("scp.json", "NobodyInvokesTheFunctions", Request("lambda:InvokeFunctionUrl", FUNCTION)),
    *(
        ("scp.json", "NoOtherWayToAModel", Request(action))
        for action in (
            "bedrock-mantle:CountTokens",
            "bedrock-mantle:GetInference",
            "bedrock-mantle:CancelInference",
            "bedrock-mantle:DeleteInference",
            "bedrock-mantle:CreateFile",
            "bedrock-mantle:CreateFineTuningJob",
            "bedrock-mantle:CreateCustomizedModel",
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream",
            "bedrock:CreateModelInvocationJob",
            "bedrock:CountTokens",
            "bedrock:InvokeAgent",
            "bedrock:InvokeInlineAgent",
            "bedrock:InvokeFlow",
            "bedrock:StartFlowExecution",
            "bedrock:InvokeBuilder",
            "bedrock:RetrieveAndGenerate",
            "bedrock:OptimizePrompt",
            "bedrock:Rerank",
            "bedrock:GenerateQuery",
            "bedrock:CreateEvaluationJob",
            "bedrock:CreateModelCustomizationJob",
            "bedrock:InvokeDataAutomation",
            "bedrock:InvokeDataAutomationAsync",
        )
    ),
    *(
        ("scp.json", "DeployersChangeTheRoles", Request(f"iam:{action}", PROXY))
        for action in (
            "PassRole",
            "CreateRole",
            "UpdateAssumeRolePolicy",
            "PutRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
            "DeleteRole",
        )
    ),
    *(
        ("scp.json", "DeployersChangeThePolicies", Request(f"iam:{action}", BOUNDARY))
        for action in (
            "CreatePolicy",
            "CreatePolicyVersion",
            "SetDefaultPolicyVersion",
            "DeletePolicyVersion",
            "DeletePolicy",
        )
    ),
    *(
        ("scp.json", "DeployersChangeTheFunctions", Request(f"lambda:{action}", FUNCTION))
        for action in (
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "PutRuntimeManagementConfig",
            "PublishVersion",
            "CreateAlias",
            "UpdateAlias",
            "AddPermission",
            "CreateFunctionUrlConfig",
            "PutFunctionEventInvokeConfig",
            "CreateFunction",
            "DeleteFunction",
        )
    ),
    *(
        ("scp.json", "DeployersFeedTheFunctions", Request(f"lambda:{action}", context={"lambda:FunctionArn": FUNCTION}))
        for action in ("CreateEventSourceMapping", "UpdateEventSourceMapping")
    ),
    *(
        ("scp-platform.json", "DeployersChangeBedrock", Request(action))
        for action in (
            "bedrock-mantle:PutAccountDataRetention",
            "bedrock:PutAccountDataRetention",
            "bedrock-mantle:CreateProject",
            "bedrock-mantle:UpdateProject",
            "bedrock-mantle:ArchiveProject",
            "bedrock-mantle:TagResource",
            "bedrock-mantle:UntagResource",
            "bedrock:UpdateGuardrail",
            "bedrock:DeleteGuardrail",
            "bedrock:CreateGuardrailVersion",
            "bedrock:PutEnforcedGuardrailConfiguration",
            "bedrock:DeleteEnforcedGuardrailConfiguration",
            "bedrock:PutModelInvocationLoggingConfiguration",
            "bedrock:DeleteModelInvocationLoggingConfiguration",
            "logs:PutAccountPolicy",
            "logs:DeleteAccountPolicy",
        )
    ),
    *(
        ("scp-platform.json", "DeployersChangeTrails", Request(f"cloudtrail:{action}", TRAIL))
        for action in ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")
    ),
    *(
        ("scp-platform.json", "DeployersChangeLogs", Request(f"logs:{action}", group))
        for group in (GROUP, EXECUTION_LOG)
        for action in (
            "PutSubscriptionFilter",
            "DeleteSubscriptionFilter",
            "PutDataProtectionPolicy",
            "DeleteDataProtectionPolicy",
            "DeleteLogGroup",
            "DeleteLogStream",
            "PutRetentionPolicy",
            "DeleteRetentionPolicy",
            "AssociateKmsKey",
            "DisassociateKmsKey",
            "PutLogGroupDeletionProtection",
        )
    ),
    *(
        ("scp-platform.json", "DeployersChangeEvidence", Request(f"s3:{action}", BUCKET))
        for action in (
            "DeleteBucket",
            "DeleteBucketPolicy",
            "CreateBucketMetadataTableConfiguration",
            "PutAnalyticsConfiguration",
            "PutBucketOwnershipControls",
            "PutBucketAcl",
            "PutBucketLogging",
            "PutBucketNotification",
            "PutBucketPolicy",
            "PutInventoryConfiguration",
            "PutBucketObjectLockConfiguration",
            "PutBucketPublicAccessBlock",
            "PutBucketVersioning",
            "PutEncryptionConfiguration",
            "PutLifecycleConfiguration",
            "PutReplicationConfiguration",
        )
    ),
    *(
        ("scp-platform.json", "DeployersChangeEvidence", Request(f"s3:{action}", f"{BUCKET}/AWSLogs/1.json.gz"))
        for action in ("DeleteObject", "DeleteObjectVersion", "PutObjectRetention", "BypassGovernanceRetention")
    ),
    *(
        ("scp-platform.json", "DeployersChangeKeys", Request(f"kms:{action}", KEY, LOGS_KEY))
        for action in (
            "ScheduleKeyDeletion",
            "DisableKey",
            "DisableKeyRotation",
            "PutKeyPolicy",
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
        )
    ),
    (
        "scp-platform.json",
        "GrantsForServicesOnly",
        Request("kms:CreateGrant", KEY, {**LOGS_KEY, "kms:GrantIsForAWSResource": "false"}),
    ),
    *(
        ("scp-network.json", "DeployersChangeTheNetwork", Request(f"ec2:{action}", VPC, TAGGED))
        for action in (
            "AttachInternetGateway",
            "AttachVpnGateway",
            "CreateNatGateway",
            "CreateTransitGatewayVpcAttachment",
            "CreateVpcPeeringConnection",
            "CreateSubnet",
            "CreateVpcEndpoint",
            "ModifyVpcEndpoint",
            "DeleteVpcEndpoints",
            "CreateRoute",
            "ReplaceRoute",
            "AssociateRouteTable",
            "ReplaceRouteTableAssociation",
            "CreateNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "ModifySecurityGroupRules",
            "ModifyVpcAttribute",
            "DeleteFlowLogs",
            "CreateTags",
            "DeleteTags",
        )
    ),
    *(
        (
            "scp-network.json",
            "DeployersChangeTheDnsFirewall",
            Request(
                f"route53resolver:{action}",
                f"arn:aws:route53resolver:us-east-1:{ACCOUNT}:firewall-rule-group/rslvr-frg-1",
                TAGGED,
            ),
        )
        for action in (
            "CreateFirewallRule",
            "UpdateFirewallRule",
            "DeleteFirewallRule",
            "DeleteFirewallRuleGroup",
            "UpdateFirewallDomains",
            "UpdateFirewallRuleGroupAssociation",
            "DisassociateFirewallRuleGroup",
            "DisassociateResolverQueryLogConfig",
            "DeleteResolverQueryLogConfig",
            "UntagResource",
        )
    ),
    (
        "scp-network.json",
        "DeployersChangeTheResolver",
        Request(
            "route53resolver:UpdateFirewallConfig",
            f"arn:aws:route53resolver:us-east-1:{ACCOUNT}:firewall-config/rslvr-fc-1",
        ),
    ),
    (
        "scp-network.json",
        "DeployersChangeTheResolver",
        Request(
            "route53resolver:AssociateResolverRule",
            f"arn:aws:route53resolver:us-east-1:{ACCOUNT}:resolver-rule/rslvr-rr-1",
        ),
    ),
    *(
        (
            "scp-platform.json",
            "DeployersChangeAlarms",
            Request(f"cloudwatch:{action}", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:Cloister-Network-Blocked-X"),
        )
        for action in ("DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm", "SetAlarmState")
    ),
    *(
        ("scp-network.json", "DeployersChangeTheApis", Request(f"apigateway:{action}", f"{API}/stages/v1", TAGGED))
        for action in ("PATCH", "PUT", "POST", "DELETE", "UpdateRestApiPolicy")
    ),
    *(
        (
            "scp-network.json",
            "DeployersHoldTheTag",
            Request(f"apigateway:{action}", "arn:aws:apigateway:us-east-1::/tags/api", {"aws:TagKeys": ["deployment"]}),
        )
        for action in ("PUT", "DELETE")
    ),
]
#: The statements that bind the deployers as well: what is denied there is never done by hand or in a deployment.
FOR_EVERYBODY = {
    "NoBearerTokens",
    "NoLongTermKeys",
    "NoOtherWayToAModel",
    "NobodyAssumesTheRoles",
    "NobodyInvokesTheFunctions",
}
ELSEWHERE = "eu-west-1"
RESOLVER = f"arn:aws:route53resolver:us-east-1:{ACCOUNT}"
RESOLVER_ELSEWHERE = RESOLVER.replace("us-east-1", ELSEWHERE)
#: What somebody does with resources that are not the deployment's, or are that of another Region.
LEFT_ALONE: list[tuple[str, Request]] = [
    ("scp.json", Request("lambda:UpdateFunctionCode", FUNCTION.replace("Cloister-", "Shop-"))),
    ("scp.json", Request("lambda:InvokeFunction", FUNCTION.replace("Cloister-", "Shop-"))),
    ("scp.json", Request("sts:AssumeRole", f"{ROLE}/other")),
    ("scp.json", Request("iam:PassRole", f"{ROLE}/other")),
    ("scp.json", Request("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/other")),
    ("scp.json", Request("bedrock:ApplyGuardrail")),
    ("scp-platform.json", Request("cloudtrail:StopLogging", TRAIL.replace("Cloister-", "Shop-"))),
    ("scp-platform.json", Request("logs:PutSubscriptionFilter", GROUP.replace("Cloister-", "Shop-"))),
    ("scp-platform.json", Request("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:Shop")),
    ("scp-platform.json", Request("s3:DeleteObject", "arn:aws:s3:::shop/k")),
    ("scp-platform.json", Request("kms:DisableKey", KEY, {"kms:ResourceAliases": ["alias/shop"]})),
    ("scp-platform.json", Request("kms:DisableKey", KEY.replace("us-east-1", ELSEWHERE), LOGS_KEY)),
    ("scp-platform.json", Request("kms:CreateGrant", KEY, {**LOGS_KEY, "kms:GrantIsForAWSResource": "true"})),
    (
        "scp-platform.json",
        Request("kms:CreateGrant", KEY, {"kms:ResourceAliases": ["alias/shop"], "kms:GrantIsForAWSResource": "false"}),
    ),
    (
        "scp-platform.json",
        Request(
            "kms:CreateGrant",
            KEY.replace("us-east-1", ELSEWHERE),
            {**LOGS_KEY, "kms:GrantIsForAWSResource": "false"},
        ),
    ),
    ("scp-network.json", Request("ec2:CreateRoute", VPC, {"aws:ResourceTag/deployment": "Shop"})),
    ("scp-network.json", Request("ec2:CreateRoute", VPC.replace("us-east-1", ELSEWHERE), TAGGED)),
    (
        "scp-network.json",
        Request(
            "route53resolver:DeleteFirewallRule", f"arn:aws:route53resolver:us-east-1:{ACCOUNT}:firewall-rule-group/x"
        ),
    ),
    (
        "scp-network.json",
        Request(
            "route53resolver:DeleteFirewallRule",
            f"arn:aws:route53resolver:{ELSEWHERE}:{ACCOUNT}:firewall-rule-group/x",
            TAGGED,
        ),
    ),
    (
        "scp-network.json",
        Request(
            "route53resolver:UpdateFirewallConfig", f"arn:aws:route53resolver:{ELSEWHERE}:{ACCOUNT}:firewall-config/x"
        ),
    ),
    ("scp-network.json", Request("apigateway:PATCH", API)),
    ("scp-network.json", Request("apigateway:PATCH", API.replace("us-east-1", ELSEWHERE), TAGGED)),
    (
        "scp-network.json",
        Request("apigateway:PUT", "arn:aws:apigateway:us-east-1::/tags/api", {"aws:TagKeys": ["cost-centre"]}),
    ),
    (
        "scp-network.json",
        Request("apigateway:PUT", f"arn:aws:apigateway:{ELSEWHERE}::/tags/api", {"aws:TagKeys": ["deployment"]}),
    ),
    *(
        ("rcp.json", Request(action, resource, {**more, "aws:PrincipalAccount": "444455556666"}))
        for action, resource, more in (
            ("sts:AssumeRole", f"{ROLE}/other", {}),
            ("kms:Decrypt", KEY, {"kms:ResourceAliases": ["alias/shop"]}),
            ("kms:Decrypt", KEY.replace("us-east-1", ELSEWHERE), LOGS_KEY),
            ("s3:GetObject", "arn:aws:s3:::shop/k", {}),
            ("logs:GetLogEvents", GROUP.replace("Cloister-", "Shop-"), {}),
        )
    ),
]
