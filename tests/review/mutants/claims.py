"""More defects for each claim, of other kinds than its first: it refutes each alone."""

from __future__ import annotations

from typing import Any

from tests.review.mutants.defects import allowing, both, locked, seeded, statement, without
from tests.review.mutants.mutant import AUDIT, GUARDRAILS, NETWORK, SIGNED, TOKEN, Change, Mutant, add, drop, first, put

Json = Any
_STRANGER = "arn:aws:iam::999999999999:role/anybody"
_OWN_ROOT = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}
_EVERY_FUNCTION = {"ArnNotLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:*"}}
_EVERY_ROLE = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/*"]}}
_OWN_AND_OTHERS = [
    {"Fn::GetAtt": ["Project3096086A", "Arn"]},
    {"Fn::Sub": "arn:aws:bedrock-mantle:us-east-1:${AWS::AccountId}:project/proj_*"},
]
_EVIDENCE = {"Fn::Join": ["", [{"Fn::GetAtt": ["EvidenceBucketC67FF768", "Arn"]}, "/*"]]}
_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
_ROUTE: Json = {
    "RouteTableId": {"Ref": "IsolatedVpcIsolatedSubnet1RouteTableB6847170"},
    "DestinationCidrBlock": "0.0.0.0/0",
    "TransitGatewayId": "tgw-0123456789abcdef0",
}


def _more(kind: str, start: str, name: str, **statement: Json) -> Change:
    """Add a statement that permits to a policy of the first resource of a type."""

    def change(body: Json) -> None:
        first(body, kind, start)[name]["Statement"].append({"Effect": "Allow", **statement})

    return change


def _trusts(start: str, **statement: Json) -> Change:
    return _more("IAM::Role", start, "AssumeRolePolicyDocument", Action="sts:AssumeRole", **statement)


def _undenied(action: str) -> Change:
    """Take an action out of the denials that developers carry."""

    def change(body: Json) -> None:
        for found in first(body, "IAM::ManagedPolicy", "BypassDenial")["PolicyDocument"]["Statement"]:
            if action in found["Action"]:
                found["Action"].remove(action)

    return change


CLAIMED: tuple[Mutant, ...] = (
    seeded(
        "own-project",
        SIGNED,
        statement("InferInOwnProject", "Resource", value=_OWN_AND_OTHERS),
        "others' Projects beside a role's own",
    ),
    seeded(
        "own-project",
        SIGNED,
        statement("InferInOwnProject", "Resource", value=_OWN_AND_OTHERS[1]),
        "Projects by the beginning of their ids",
    ),
    seeded(
        "evidence-stays",
        AUDIT,
        _more(
            "S3::BucketPolicy",
            "",
            "PolicyDocument",
            Principal={"AWS": _STRANGER},
            Action="s3:GetObject",
            Resource=_EVIDENCE,
        ),
        "evidence that a named stranger reads",
    ),
    seeded(
        "evidence-stays",
        AUDIT,
        _more(
            "KMS::Key",
            "EvidenceKey",
            "KeyPolicy",
            Principal={"AWS": "999999999999"},
            Action="kms:Decrypt",
            Resource="*",
        ),
        "a key of another account's, too",
    ),
    seeded(
        "evidence-stays",
        AUDIT,
        _more(
            "KMS::Key",
            "LogsKey",
            "KeyPolicy",
            Principal={"Service": "logs.us-east-1.amazonaws.com"},
            Action="kms:ScheduleKeyDeletion",
            Resource="*",
            Condition=_ACCOUNT,
        ),
        "a key that a service may end",
    ),
    seeded("api-callers", SIGNED, without("NothingElse"), "an API that is reached by any endpoint"),
    seeded("api-callers", SIGNED, put("ApiGateway::Method", "AuthorizationType", "NONE"), "a method for whoever comes"),
    seeded(
        "api-callers",
        SIGNED,
        statement("NobodyButTheCallers", "Condition", value=_EVERY_ROLE),
        "a denial that excepts every role",
    ),
    seeded(
        "api-callers",
        SIGNED,
        statement("NobodyButTheCallers", "Resource", value="execute-api:/v2/*"),
        "a denial of another stage",
    ),
    seeded(
        "through-the-proxy",
        SIGNED,
        statement("InferInOwnProjectFromItsFunctionOnly", "Condition", value=_EVERY_FUNCTION),
        "a role that any function of any account infers with",
    ),
    seeded(
        "through-the-proxy",
        TOKEN,
        put("ApiGateway::Method", "Integration.Type", "HTTP_PROXY"),
        "a method that leads past the function",
    ),
    seeded(
        "through-the-proxy",
        SIGNED,
        without("ApplyGuardrail"),
        "a proxy that cannot guard",
    ),
    seeded(
        "roles-are-taken-by-named",
        NETWORK,
        _trusts("FlowLogs", Principal={"AWS": _STRANGER}),
        "a role that a named stranger takes on",
    ),
    seeded(
        "roles-are-taken-by-named",
        AUDIT,
        _trusts(
            "ApiGatewayLogging",
            Principal={"AWS": "*"},
            Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        ),
        "a role for an organisation",
    ),
    seeded(
        "roles-are-taken-by-named",
        AUDIT,
        _trusts("ApiGatewayLogging", Principal={"AWS": _OWN_ROOT}),
        "a role for whoever IAM lets",
    ),
    *(
        seeded("ways-round-denied", GUARDRAILS, _undenied(action), f"developers who may {action}")
        for action in (
            *("lambda:UpdateFunctionCode", "iam:UpdateAssumeRolePolicy", "lambda:InvokeFunction"),
            "bedrock-mantle:CallWithBearerToken",
        )
    ),
    seeded(
        "model-calls",
        SIGNED,
        allowing("sagemaker:InvokeEndpoint", "arn:aws:sagemaker:us-east-1:111122223333:endpoint/a"),
        "a role that invokes a model elsewhere",
    ),
    seeded(
        "model-calls",
        SIGNED,
        allowing("bedrock:GetModelInvocationJob", "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/a"),
        "a role that reads what was said to a model",
    ),
    seeded(
        "nothing-changed",
        SIGNED,
        allowing("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:111122223333:key/a"),
        "a role that ends a key",
    ),
    seeded(
        "nothing-changed",
        SIGNED,
        allowing("sns:Publish", "arn:aws:sns:us-east-1:999999999999:a"),
        "a role that sends elsewhere",
    ),
    seeded(
        "endpoints-closed",
        NETWORK,
        drop("EC2::VPCEndpoint", "PolicyDocument.Statement.0.Condition", "ExecuteApi"),
        "strangers at the APIs' endpoint",
    ),
    seeded(
        "endpoints-closed",
        NETWORK,
        drop("EC2::VPCEndpoint", "PolicyDocument", "StsEndpoint"),
        "an endpoint without a policy",
    ),
    seeded(
        "endpoints-closed",
        NETWORK,
        _more(
            "EC2::VPCEndpoint",
            "ExecuteApi",
            "PolicyDocument",
            Principal="*",
            Action="execute-api:Invoke",
            Resource={"Fn::Sub": "arn:aws:execute-api:us-east-1:${AWS::AccountId}:*"},
            Condition={"StringEquals": {"aws:PrincipalAccount": "999999999999"}},
        ),
        "another account at the APIs' endpoint, by its number",
    ),
    seeded("network-closed", NETWORK, both(add("EC2::Route", **_ROUTE), locked), "a route out"),
    seeded(
        "network-closed",
        NETWORK,
        drop("EC2::SecurityGroup", "SecurityGroupEgress", "ProxiesGroup"),
        "a group that lets everything out",
    ),
    seeded(
        "network-closed",
        NETWORK,
        put("EC2::Subnet", "AssignIpv6AddressOnCreation", True),
        "addresses that the internet reaches",
    ),
)
