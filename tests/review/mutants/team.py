"""A defect of a team's stack for each rule and each claim that is about it."""

from __future__ import annotations

from typing import Any

from tests.review.mutants.defects import (
    allowing,
    permission,
    second,
    seeded,
    seen,
    started,
    statement,
    subnets,
    wider,
    without,
)
from tests.review.mutants.mutant import (
    SIGNED,
    TOKEN,
    Mutant,
    drop,
    first,
    put,
)

Json = Any
_DECIDES = "Authorizer"
_NOBODY = [{"Key": "deployment", "Value": "Cloister"}]


def _among_the_proxies(body: Json) -> None:
    """Put the authorizer into the proxies' group."""
    groups = first(body, "Lambda::Function", "Proxy")["VpcConfig"]["SecurityGroupIds"]
    first(body, "Lambda::Function", _DECIDES)["VpcConfig"]["SecurityGroupIds"] = groups


def _receiving(body: Json) -> None:
    """Add a role of a caller's that receives: of a function the endpoints would be missed too."""
    who = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/beacon-service"}
    trust = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
    right = {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": _QUEUE}
    body["Resources"]["Added"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "receive", "PolicyDocument": {"Version": "2012-10-17", "Statement": [right]}}],
            "Tags": first(body, "IAM::Role")["Tags"],
        },
    }


_QUEUE = {"Fn::Sub": "arn:aws:sqs:us-east-1:${AWS::AccountId}:atlas-work"}
TEAM: tuple[Mutant, ...] = (
    seeded(
        "model-calls",
        SIGNED,
        allowing("bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/a"),
        "a role that invokes another model",
    ),
    seeded(
        "own-project",
        SIGNED,
        statement("InferInOwnProject", "Resource", value="arn:aws:bedrock-mantle:us-east-1:111122223333:project/*"),
        "a role that infers in every Project",
    ),
    seeded(
        "nothing-changed",
        SIGNED,
        allowing("logs:PutRetentionPolicy", {"Fn::GetAtt": ["RecordsGroup132B7387", "Arn"]}),
        "a role that shortens its own record",
    ),
    *(
        seeded("nothing-changed", SIGNED, allowing(action, _QUEUE), f"a role with {action}")
        for action in ("sqs:SetQueueAttributes", "sqs:AddPermission", "sqs:StartMessageMoveTask")
    ),
    seeded(
        "data-is-read-by-its-own",
        SIGNED,
        _receiving,
        "a role that receives from another team's queue",
    ),
    seeded(
        "data-is-read-by-its-own",
        SIGNED,
        allowing("logs:FilterLogEvents", {"Fn::Sub": "arn:aws:logs:us-east-1:${AWS::AccountId}:log-group:*"}),
        "a role that reads other teams' records",
    ),
    seeded(
        "authorizer-knows-its-callers",
        TOKEN,
        put("Lambda::Function", "Environment.Variables.CLOISTER_CALLERS", "arn:aws:iam::111122223333:role/*", _DECIDES),
        "an authorizer that lets every role in",
    ),
    seeded(
        "authorizer-knows-its-callers",
        TOKEN,
        put("Lambda::Function", "Environment.Variables.CLOISTER_TEAM", "beacon", _DECIDES),
        "an authorizer whose lines are another team's",
    ),
    seeded(
        "authorizer-faults-are-counted",
        TOKEN,
        put("Logs::MetricFilter", "FilterPattern", '"Task finished"', "AuthorizerLate"),
        "an authorizer whose time is over, uncounted",
    ),
    seeded(
        "models-are-reached-by-proxies-alone",
        TOKEN,
        _among_the_proxies,
        "an authorizer that stands among the proxies",
    ),
    seeded(
        "refusals-carry-their-id",
        SIGNED,
        put(
            "ApiGateway::GatewayResponse",
            "ResponseTemplates",
            {"application/json": '{"error":{"message":"$context.error.message","type":"a","code":"b"}}'},
        ),
        "a refusal that repeats the request",
    ),
    seeded(
        "refusals-carry-their-id",
        SIGNED,
        drop("ApiGateway::GatewayResponse", "ResponseParameters"),
        "a refusal without the request's id",
    ),
    seeded(
        "published-leads-to-its-own",
        SIGNED,
        put("SSM::Parameter", "Value", "https://elsewhere.example/v1", "Publishedbaseurl"),
        "an address of somebody else's, for clients to find",
    ),
    seeded(
        "function-changes-with-its-guardrail",
        SIGNED,
        put("Lambda::Function", "Description", "Cloister proxy", "Proxy"),
        "a function that nothing changes when its guardrail does",
    ),
    seeded("api-callers", SIGNED, without("NobodyButTheCallers"), "an API that is silent about others"),
    seeded(
        "through-the-proxy",
        SIGNED,
        without("InferInOwnProjectFromItsFunctionOnly"),
        "a role that infers from any function",
    ),
    seeded("function-in-two-zones", SIGNED, subnets, "a function in one zone"),
    seeded(
        "parts-are-known",
        SIGNED,
        put("Logs::LogGroup", "ResourcePolicyDocument", {"Statement": []}),
        "a policy of a log group that nothing reads",
    ),
    seeded(
        "actions-exist",
        SIGNED,
        statement(
            "NoBearerTokens",
            "Action",
            value=["bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken", "bedrock:CallWithBearerTokens"],
        ),
        "an action that does not exist",
    ),
    seeded(
        "condition-keys-are-known",
        SIGNED,
        statement(
            "BedrockReadsTheGuardrail",
            "Condition",
            value={"StringEquals": {"kms:ViaServices": "bedrock.us-east-1.amazonaws.com"}},
        ),
        "a condition key that does not exist",
    ),
    seeded(
        "actions-are-named",
        SIGNED,
        allowing("ec2:DescribeNetworkInterface*", "arn:aws:ec2:us-east-1:111122223333:network-interface/*"),
        "an action by a wildcard",
    ),
    seeded("resources-are-named", SIGNED, statement("WriteOwnLogGroup", "Resource", value="*"), "every log group"),
    seeded("function-role-has-its-ceiling", SIGNED, wider, "a ceiling that is wider than its role"),
    seeded(
        "function-role-has-no-managed-policy",
        SIGNED,
        put(
            "IAM::Role",
            "ManagedPolicyArns",
            [{"Ref": "ProxyRoleBoundary63912662"}],
            "ProxyRole",
        ),
        "a managed policy",
    ),
    seeded("bearer-tokens-are-denied", SIGNED, without("NoBearerTokens"), "no denial of bearer tokens"),
    seeded(
        "models-are-gemma",
        SIGNED,
        statement(
            "InferInOwnProject",
            "Condition",
            value={
                "StringEquals": {"bedrock-mantle:Model": ["openai.gpt-oss-120b"]},
                "StringEqualsIfExists": {"bedrock-mantle:ServiceTier": ["default"]},
            },
        ),
        "another model",
    ),
    seeded(
        "tier-is-named",
        SIGNED,
        statement(
            "InferInOwnProject", "Condition", value={"StringEquals": {"bedrock-mantle:Model": ["google.gemma-4-e2b"]}}
        ),
        "any service tier",
    ),
    seeded("access-is-logged", SIGNED, drop("ApiGateway::Stage", "AccessLogSetting"), "no access log"),
    seeded(
        "writes-no-prompts",
        SIGNED,
        put("ApiGateway::Stage", "TracingEnabled", True),
        "requests that are traced by their URL",
    ),
    seeded(
        "every-method-goes-to-a-function",
        SIGNED,
        put("ApiGateway::Method", "Integration.Credentials", "arn:aws:iam::*:user/*"),
        "a method that uses its caller's credentials",
    ),
    seeded(
        "authorizer-remembers-briefly",
        TOKEN,
        put("ApiGateway::Authorizer", "AuthorizerResultTtlInSeconds", 3600),
        "an authorizer that remembers for an hour",
    ),
    seeded("events-go-to-topics", SIGNED, seen, "a schedule that carries events to a function, too"),
    seeded("permission-is-for-its-own-api", TOKEN, started, "an authorizer that any rule starts"),
    seeded("permission-is-for-its-own-api", TOKEN, permission, "an authorizer that any API invokes"),
    seeded(
        "goes-where-it-was-sent",
        SIGNED,
        put("Lambda::Function", "Environment.Variables.HTTPS_PROXY", "https://elsewhere.example"),
        "a variable that sends requests elsewhere",
    ),
    seeded(
        "has-no-layers",
        SIGNED,
        put("Lambda::Function", "Layers", ["arn:aws:lambda:us-east-1:999999999999:layer:watch:1"]),
        "a layer",
    ),
    seeded(
        "package-is-pinned", SIGNED, put("Lambda::Function", "Code.S3Key", "latest.zip"), "a package without its hash"
    ),
    seeded("runtime-is-supported", SIGNED, put("Lambda::Function", "Runtime", "python3.9"), "a runtime that has ended"),
    seeded(
        "environment-has-no-secret",
        SIGNED,
        put("Lambda::Function", "Environment.Variables.OTHER", "AKIA" + "A" * 16),
        "an access key in a variable",
    ),
    seeded(
        "records-go-to-a-kept-group",
        SIGNED,
        drop("Lambda::Function", "LoggingConfig"),
        "records in a group that Lambda makes",
    ),
    seeded("role-is-its-own", TOKEN, second, "a second function with the authorizer's role"),
    seeded(
        "version-is-pinned",
        SIGNED,
        put("Lambda::Function", "Environment.Variables.CLOISTER_TEAM", '{"guardrail_version":"DRAFT"}'),
        "the draft of a guardrail",
    ),
    seeded("log-group-is-encrypted", SIGNED, drop("Logs::LogGroup", "KmsKeyId"), "a log group without the key"),
    seeded("log-group-has-an-end", SIGNED, drop("Logs::LogGroup", "RetentionInDays"), "a log group for ever"),
    seeded(
        "log-group-refuses-deletion",
        SIGNED,
        put("Logs::LogGroup", "DeletionProtectionEnabled", False),
        "a log group that one call deletes",
    ),
    seeded("project-has-an-owner", SIGNED, put("BedrockMantle::Project", "Tags", _NOBODY), "a Project of nobody"),
    seeded(
        "outputs-read-no-other-stack",
        SIGNED,
        lambda body: body["Outputs"].update(
            Other={"Value": {"Fn::GetStackOutput": {"StackName": "Cloister-Guardrails", "OutputName": "GuardrailId"}}}
        ),
        "an output of another stack",
    ),
    seeded(
        "fits-aws-limits",
        TOKEN,
        put("Lambda::Function", "Description", "x" * 257, _DECIDES),
        "a description that is too long",
    ),
)
