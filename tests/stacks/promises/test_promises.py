"""Every promise is looked for in the templates as they are, and missed when somebody takes it away."""

import copy
from collections.abc import Callable

import pytest

from stacks.promises import CHECKS, Stack
from tests.stacks.assembly import Assembly, Json, resources

Change = Callable[[Json], None]


def broken(template: Json, name: str = "Cloister-Team-beacon", boundary: str | None = None) -> set[str]:
    """Return the codes of the promises that a template does not keep."""
    stack = Stack(name, template, name.partition("-")[0], boundary)
    return {finding.code for check in CHECKS for finding in check(stack)}


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "modes", "pictures", "pictures_elsewhere"])
def test_the_templates_keep_what_is_promised(fixture: str, request: pytest.FixtureRequest) -> None:
    for name, template in request.getfixturevalue(fixture).templates.items():
        assert broken(template, name) == set(), name


def edit(kind: str, **properties: Json) -> Change:
    """Set properties of the resources of a type; `None` takes one away."""

    def change(template: Json) -> None:
        found = resources(template, kind)
        assert found, kind
        for resource in found.values():
            for name, value in properties.items():
                if value is None:
                    resource.pop(name)
                else:
                    resource[name] = value

    return change


def add(kind: str, **properties: Json) -> Change:
    """Add a resource."""

    def change(template: Json) -> None:
        template["Resources"]["Added"] = {"Type": kind, "Properties": properties}

    return change


def without(sid: str) -> Change:
    """Take a statement out of the API's resource policy."""

    def change(template: Json) -> None:
        (api,) = resources(template, "AWS::ApiGateway::RestApi").values()
        known = api["Policy"]["Statement"]
        api["Policy"]["Statement"] = [s for s in known if s["Sid"] != sid]
        assert len(api["Policy"]["Statement"]) == len(known) - 1

    return change


def variable(name: str) -> Change:
    """Add an environment variable to the functions."""

    def change(template: Json) -> None:
        for function in resources(template, "AWS::Lambda::Function").values():
            function["Environment"]["Variables"][name] = "/opt/other"

    return change


def allowing(action: str, **more: Json) -> dict[str, Json]:
    """A policy that allows an action on everything."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


BOUNDARY = {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":policy/company"]]}
OPEN = [{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}]
TEAM: list[tuple[str, Change]] = [
    ("role-has-its-ceiling", edit("AWS::IAM::Role", PermissionsBoundary=BOUNDARY)),
    ("role-has-its-ceiling", edit("AWS::IAM::Role", PermissionsBoundary=None)),
    ("role-has-no-managed-policy", edit("AWS::IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnly"])),
    ("models-for-proxies-alone", add("AWS::IAM::ManagedPolicy", **allowing("bedrock:Invoke*"))),
    ("models-for-proxies-alone", add("AWS::IAM::Policy", **allowing("bedrock-mantle:*", Roles=["someone"]))),
    ("models-for-proxies-alone", add("AWS::IAM::User", Policies=[allowing("*")])),
    ("models-for-proxies-alone", add("AWS::IAM::Role", Policies=[allowing("bedrock-mantle:CreateInference")])),
    ("function-in-the-vpc", edit("AWS::Lambda::Function", VpcConfig=None)),
    ("function-in-the-vpc", add("AWS::Lambda::Function", Runtime="nodejs22.x")),
    ("function-without-layers", edit("AWS::Lambda::Function", Layers=["arn:aws:lambda:us-east-1:1:layer:watch:1"])),
    ("function-goes-where-it-was-sent", variable("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")),
    ("function-goes-where-it-was-sent", variable("HTTPS_PROXY")),
    ("function-goes-where-it-was-sent", variable("AWS_LAMBDA_EXEC_WRAPPER")),
    ("function-goes-where-it-was-sent", variable("PYTHONPATH")),
    ("api-is-private", edit("AWS::ApiGateway::RestApi", EndpointConfiguration={"Types": ["REGIONAL"]})),
    ("api-is-private", add("AWS::Lambda::Url", AuthType="NONE")),
    ("api-denies-other-ways", without("NothingElse")),
    ("api-denies-others-than-its-callers", without("NobodyButTheCallers")),
    ("api-knows-its-callers", edit("AWS::ApiGateway::Method", AuthorizationType="NONE")),
    ("api-logs-no-prompts", edit("AWS::ApiGateway::Stage", MethodSettings=[{"DataTraceEnabled": True}])),
    ("api-is-logged", edit("AWS::ApiGateway::Stage", AccessLogSetting=None)),
    ("log-group-is-encrypted-and-ends", edit("AWS::Logs::LogGroup", KmsKeyId=None)),
    ("log-group-is-encrypted-and-ends", edit("AWS::Logs::LogGroup", RetentionInDays=None)),
    ("network-has-no-way-out", add("AWS::EC2::NatGateway")),
    ("network-has-no-way-out", add("AWS::EC2::SecurityGroup", SecurityGroupEgress=OPEN)),
    ("network-has-no-way-out", add("AWS::EC2::SecurityGroupEgress", **OPEN[0])),
    ("endpoint-has-a-policy", add("AWS::EC2::VPCEndpoint", ServiceName="com.amazonaws.us-east-1.s3")),
    ("size-fits", variable("X" * 4096)),
    ("size-fits", edit("AWS::Lambda::Function", FunctionName="f" * 65)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), TEAM, ids=[f"{n}-{code}" for n, (code, _) in enumerate(TEAM)])
def test_what_is_taken_away_is_missed(deployed: Assembly, code: str, change: Change) -> None:
    template = copy.deepcopy(deployed.templates["Cloister-Team-beacon"])
    change(template)
    assert code in broken(template)


@pytest.mark.parametrize(
    ("stack", "code", "change"),
    [
        ("Audit", "bucket-is-closed", edit("AWS::S3::Bucket", PublicAccessBlockConfiguration=None)),
        ("Audit", "bucket-is-closed", edit("AWS::S3::Bucket", VersioningConfiguration=None)),
        ("Audit", "key-rotates", edit("AWS::KMS::Key", EnableKeyRotation=False)),
        ("Guardrails", "guardrail-is-whole", edit("AWS::Bedrock::Guardrail", KmsKeyArn=None)),
        ("Guardrails", "guardrail-is-whole", edit("AWS::Bedrock::Guardrail", ContentPolicyConfig=None)),
        ("Network", "network-has-no-way-out", edit("AWS::EC2::Subnet", MapPublicIpOnLaunch=True)),
        ("Network", "endpoint-has-a-policy", edit("AWS::EC2::VPCEndpoint", PolicyDocument=None)),
    ],
)
def test_what_is_taken_away_of_the_platform_is_missed(
    deployed: Assembly, stack: str, code: str, change: Change
) -> None:
    template = copy.deepcopy(deployed.templates[f"Cloister-{stack}"])
    change(template)
    assert code in broken(template, f"Cloister-{stack}")


def test_the_boundary_of_the_settings_is_on_every_role_with_the_denials_beside_it(deployed: Assembly) -> None:
    template = copy.deepcopy(deployed.templates["Cloister-Team-beacon"])
    assert broken(template, boundary="company") == {"role-has-its-ceiling"}
    edit("AWS::IAM::Role", PermissionsBoundary=BOUNDARY)(template)
    assert broken(template, boundary="company") == {"role-has-its-ceiling"}, "the denials are missing"
    for policy in resources(template, "AWS::IAM::Policy").values():
        policy["PolicyDocument"]["Statement"].append({"Effect": "Deny", "NotAction": "a:B", "Resource": "*"})
    assert broken(template, boundary="company") == set()
    assert broken(template, boundary="other") == {"role-has-its-ceiling"}
