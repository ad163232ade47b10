"""A small deployment, written as templates, that every claim holds for; and a way to spoil it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from review.assembly import Assembly, Template
from review.deployment import Deployment
from review.proof.attempts import FUNCTIONS, MAPPINGS, MODEL_WAYS, POLICIES, ROLES, TOKENS
from review.proof.claim import Proof
from review.proof.claims import CLAIMS

Json = Any
Templates = dict[str, Json]
_MANTLE, _GUARDRAIL = "bedrock-mantle:CreateInference", "bedrock:ApplyGuardrail"


def get_att(id: str, name: str = "Arn") -> Json:
    """Return an attribute of a resource."""
    return {"Fn::GetAtt": [id, name]}


def sub(text: str) -> Json:
    """Return a text with references."""
    return {"Fn::Sub": text}


def resource(kind: str, **properties: Json) -> Json:
    """Return a resource."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def document(*statements: Json) -> Json:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Json, on: Json = "*", **more: Json) -> Json:
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def deny(action: Json, on: Json = "*", **more: Json) -> Json:
    """Return a statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": on, **more}


def network() -> Json:
    """Return the stack of the network."""
    mine = {"StringEquals": {"aws:PrincipalAccount": sub("${AWS::AccountId}")}}
    passes = allow(_MANTLE, sub("arn:aws:bedrock-mantle:${AWS::Region}:${AWS::AccountId}:project/*"))
    endpoint = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.bedrock-mantle"}
    calls = allow("execute-api:Invoke", sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:*/v1/*"))
    door = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.execute-api"}
    nothing = [{"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}]
    return {
        "Resources": {
            "Vpc": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
            "Subnet": resource("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
            "Proxies": resource("EC2::SecurityGroup", VpcId={"Ref": "Vpc"}, SecurityGroupEgress=nothing),
            "ToMantle": resource(
                "EC2::SecurityGroupEgress",
                GroupId=get_att("Proxies", "GroupId"),
                DestinationSecurityGroupId=get_att("Proxies", "GroupId"),
                IpProtocol="tcp",
                FromPort=443,
                ToPort=443,
            ),
            "Acl": resource("EC2::NetworkAcl", VpcId={"Ref": "Vpc"}),
            "Out": resource(
                "EC2::NetworkAclEntry", Egress=True, CidrBlock="10.0.0.0/16", Protocol=6, RuleAction="allow"
            ),
            "Mantle": resource(
                "EC2::VPCEndpoint",
                PolicyDocument=document({**passes, "Principal": {"AWS": "*"}, "Condition": mine}),
                **endpoint,
            ),
            "Door": resource(
                "EC2::VPCEndpoint",
                PolicyDocument=document({**calls, "Principal": "*", "Condition": mine}),
                **door,
            ),
            "Key": resource(
                "KMS::Key",
                KeyPolicy=document(allow("kms:*", Principal={"AWS": sub("arn:aws:iam::${AWS::AccountId}:root")})),
            ),
        },
        "Outputs": {
            "SubnetId": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "subnet"}},
            "GroupId": {"Value": get_att("Proxies", "GroupId"), "Export": {"Name": "group"}},
            "DoorId": {"Value": {"Ref": "Door"}, "Export": {"Name": "door"}},
        },
    }


def team() -> Json:
    """Return the stack of a team whose callers sign."""
    own_function = {"lambda:SourceFunctionArn": get_att("Proxy")}
    names = {"StringEquals": {"bedrock-mantle:Model": ["gemma-a", "gemma-b"]}}
    rights = document(
        allow(_MANTLE, get_att("Project"), Condition=names),
        allow(_GUARDRAIL, sub("arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/g1")),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], get_att("Records")),
        deny(_MANTLE, Condition={"ArnNotEquals": own_function, "Null": {"lambda:SourceFunctionArn": "false"}}),
    )
    caller = sub("arn:aws:iam::${AWS::AccountId}:role/caller")
    through = {"aws:SourceVpce": {"Fn::ImportValue": "door"}}
    invoke = {"Principal": "*", "Action": "execute-api:Invoke"}
    policy = document(
        {"Effect": "Allow", **invoke, "Resource": "execute-api:/v1/*"}
        | {"Condition": {"StringEquals": through, "ArnLike": {"aws:PrincipalArn": caller}}},
        {"Effect": "Deny", **invoke, "Resource": "execute-api:/*", "Condition": {"StringNotEquals": through}},
        {"Effect": "Deny", **invoke, "Resource": "execute-api:/*"}
        | {"Condition": {"ArnNotLike": {"aws:PrincipalArn": caller}}},
    )
    trust = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    uri = sub(
        "arn:aws:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${Proxy.Arn}/response-streaming-invocations"
    )
    return {
        "Resources": {
            "Project": resource("BedrockMantle::Project", Name="team"),
            "Records": resource("Logs::LogGroup"),
            "Role": resource("IAM::Role", AssumeRolePolicyDocument=trust, PermissionsBoundary={"Ref": "Boundary"}),
            "Boundary": resource("IAM::ManagedPolicy", PolicyDocument=document(allow("*"))),
            "Rights": resource("IAM::Policy", PolicyDocument=rights, PolicyName="rights", Roles=[{"Ref": "Role"}]),
            "Proxy": resource(
                "Lambda::Function",
                Role=get_att("Role"),
                VpcConfig={
                    "SubnetIds": [{"Fn::ImportValue": "subnet"}],
                    "SecurityGroupIds": [{"Fn::ImportValue": "group"}],
                },
            ),
            "Api": resource("ApiGateway::RestApi", EndpointConfiguration={"Types": ["PRIVATE"]}, Policy=policy),
            "Method": resource(
                "ApiGateway::Method",
                RestApiId={"Ref": "Api"},
                AuthorizationType="AWS_IAM",
                Integration={"Type": "AWS_PROXY", "Uri": uri},
            ),
            "Permission": resource(
                "Lambda::Permission",
                FunctionName=get_att("Proxy"),
                Principal="apigateway.amazonaws.com",
                Action="lambda:InvokeFunction",
                SourceArn=sub("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/v1/*"),
            ),
        }
    }


def denials() -> Json:
    """Return the stack of the denials that other roles carry."""
    proxies = {"ArnNotLike": {"aws:PrincipalArn": sub("arn:aws:iam::${AWS::AccountId}:role/proxy/*")}}
    everything = deny(
        [*MODEL_WAYS, *TOKENS, *ROLES, *POLICIES, *FUNCTIONS, *MAPPINGS, "lambda:Invoke*", "sts:AssumeRole"]
    )
    policy = document(deny(_MANTLE, Condition=proxies), everything)
    return {"Resources": {"Denial": resource("IAM::ManagedPolicy", PolicyDocument=policy)}}


def good() -> Templates:
    """Return the templates, two teams among them."""
    return {"Network": network(), "Atlas": team(), "Beacon": team(), "Denials": denials()}


def deployed(templates: Templates) -> Deployment:
    """Return templates as a deployment."""
    return Deployment(Assembly([Template(name, body, region="eu-west-1") for name, body in templates.items()]))


@pytest.fixture
def spoiled() -> Callable[[str, Callable[[Templates], object]], Proof]:
    """Return what comes of a claim when the templates are spoiled in one place."""

    def prove(claim: str, spoil: Callable[[Templates], object]) -> Proof:
        templates = copy.deepcopy(good())
        spoil(templates)
        (found,) = (known for known in CLAIMS if known.id == claim)
        return found.prove(deployed(templates))

    return prove
