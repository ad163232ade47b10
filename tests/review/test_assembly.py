"""Templates are read from assemblies and folders, and what cannot be read stops the review."""

import json
from pathlib import Path
from typing import Any

import pytest

from review.assembly import Assembly, AssemblyError, Template
from review.deployment import Deployment
from review.resolve import Resolver, UnreadableError
from review.rules.facts import developing

Json = Any
BODY = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}


def write(folder: Path, files: dict[str, Json]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def stack(name: str, environment: str = "aws://unknown-account/eu-west-1") -> Json:
    properties = {"templateFile": f"{name}.template.json", "terminationProtection": True}
    return {"type": "aws:cloudformation:stack", "environment": environment, "properties": properties}


def test_an_assembly_with_a_stage_and_a_nested_stack(tmp_path: Path) -> None:
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "One.assets.json"}}
    sources = ("One.template.json", "Nested.nested.template.json", "asset.zip")
    files = {str(number): {"source": {"path": path}} for number, path in enumerate(sources)}
    write(
        tmp_path,
        {
            "manifest.json": {
                "artifacts": {"One": stack("One"), "Stage": stage, "Tree": {"type": "cdk:tree"}, "Assets": assets}
            },
            "One.assets.json": {"files": files},
            "Gone.template.json": BODY,  # of a stack that a former synthesis had, and this one has not
            "One.template.json": BODY,
            "Nested.nested.template.json": BODY,
            "stage/manifest.json": {"artifacts": {"Two": stack("Two", "aws://111122223333/us-east-1")}},
            "stage/Two.template.json": BODY,
        },
    )
    found = Assembly.read(tmp_path).by_stack
    assert set(found) == {"One", "Two", "Nested.nested"}
    assert (found["One"].account, found["One"].region) == (None, "eu-west-1")
    assert (found["Two"].account, found["Two"].region) == ("111122223333", "us-east-1")
    assert found["One"].properties == {"templateFile": "One.template.json", "terminationProtection": True}


def test_a_folder_of_templates_in_json_and_yaml(tmp_path: Path) -> None:
    yaml = """
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument:
                Version: 2012-10-17
              Path: !Sub "/${AWS::StackName}/"
              ManagedPolicyArns: [!GetAtt Other.Arn, !Join ["", [a, !Ref AWS::Region]]]
    """
    write(tmp_path, {"a.json": BODY, "b.yaml": yaml, "notes.json": {"no": "template"}, "read.me": "text"})
    found = Assembly.read(tmp_path)
    assert set(found.by_stack) == {"a", "b"}
    (role,) = found.of_type("AWS::IAM::Role")
    assert role.properties["AssumeRolePolicyDocument"] == {"Version": "2012-10-17"}
    assert role.properties["Path"] == {"Fn::Sub": "/${AWS::StackName}/"}
    assert role.properties["ManagedPolicyArns"] == [
        {"Fn::GetAtt": ["Other", "Arn"]},
        {"Fn::Join": ["", ["a", {"Ref": "AWS::Region"}]]},
    ]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "no CloudFormation template"),
        ({"a.json": "{"}, "cannot be read"),
        ({"a.yaml": "a: ["}, "cannot be read"),
        ({"a.json": BODY, "a.yaml": "Resources: {}"}, "two templates called a"),
        ({"a.json": {"Resources": []}}, "has no Resources"),
        ({"a.json": {**BODY, "Transform": "AWS::Serverless-2016-10-31"}}, "Transform"),
        ({"a.json": {**BODY, "Hooks": {}}}, "Hooks, which is no section"),
        ({"a.json": '{"Resources": {"A": {"Type": "a", "Type": "b"}}}'}, "'Type' stands twice"),
        ({"a.yaml": "Resources:\n  A:\n    Type: a\n    Type: b"}, "stands twice in a mapping"),
        ({"a.json": json.dumps(BODY).encode("utf-16")}, "cannot be read"),
        ({"a.json": "\ufeff" + json.dumps(BODY)}, "cannot be read"),
        ({"a.json": "[" * 100_000}, "cannot be read"),
        ({"a.yaml": "Resources: {}\n---\nResources: {}"}, "cannot be read"),
        ({"manifest.json": {"artifacts": {"One": stack("One")}}}, "One.template.json cannot be read"),
    ],
)
def test_what_cannot_be_read(files: dict[str, Json], why: str, tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=why):
        Assembly.read(write(tmp_path, files))


def test_a_resource_without_a_type() -> None:
    with pytest.raises(AssemblyError, match="Data/Thing has no Type"):
        list(Assembly([Template("Data", {"Resources": {"Thing": {}}})]).resources())


OTHER = {
    "Resources": {"Key": {"Type": "AWS::KMS::Key"}},
    "Outputs": {
        "Out": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-key"}}},
        "Loop": {"Value": {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Loop"}}},
    },
}
OWN = {
    "Parameters": {"Given": {"Type": "String", "Default": "x"}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Named": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "proxy"}},
        "Thing": {"Type": "AWS::EC2::VPCEndpoint"},
        "Door": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "com.amazonaws.eu-west-1.dynamodb"}},
    },
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/<Other.Key>"


def resolver() -> Resolver:
    both = {"Own": OWN, "Other": OTHER}
    return Resolver(Assembly([Template(name, body, "111122223333", "eu-west-1") for name, body in both.items()]))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"Ref": "AWS::AccountId"}, "111122223333"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "Bucket"}, "own-bucket-<Own.Bucket>"),
        ({"Ref": "Thing"}, "<Own.Thing>"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::own-bucket-<Own.Bucket>"),
        ({"Fn::GetAtt": "Named.Arn"}, "arn:aws:lambda:eu-west-1:111122223333:function:proxy"),
        ({"Fn::GetAtt": ["Bucket", "DnsEntries"]}, "<Own.Bucket.DnsEntries>"),
        (
            {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["Door", "DnsEntries"]}]}]}]},
            "<Own.Door>.dynamodb.eu-west-1.vpce.amazonaws.com",
        ),
        ({"Fn::ImportValue": "Other-key"}, KEY),
        ({"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Out"}}, KEY),
        (
            {"Fn::Sub": ["${One}/${Named.Arn}/${!Left}", {"One": 1}]},
            "1/arn:aws:lambda:eu-west-1:111122223333:function:proxy/${Left}",
        ),
        ({"Fn::Select": [3, {"Fn::Split": [":", {"Fn::GetAtt": ["Named", "Arn"]}]}]}, "eu-west-1"),
        ({"a": [{"Ref": "AWS::NoValue"}, 1], "b": {"Ref": "AWS::NoValue"}}, {"a": [1]}),
    ],
)
def test_what_a_function_comes_to(written: Json, expected: Json) -> None:
    assert resolver().value(written, "Own") == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"Ref": "Given"}, "the parameter 'Given'"),
        ({"Ref": "Nobody"}, "'Nobody'"),
        ({"Fn::If": ["C", 1, 2]}, "Fn::If"),
        ({"Fn::Transform": {}}, "Fn::Transform"),
        ({"Fn::Transform": {"Name": "AWS::Include"}, "SubnetIds": []}, "Fn::Transform beside others"),
        ({"Fn::ForEach::All": ["A", ["a"], {}], "b": 1}, "Fn::ForEach::All beside others"),
        ({"Fn::ForEach::All": ["A", ["a"], {}]}, "not known before"),
        ({"Fn::FindInMap": ["a", "b", "c"]}, "not known before"),
        ("arn:aws:iam::{{resolve:ssm:/account}}:root", "looked up when it is deployed"),
        ({"Fn::Join": ["", ["{{res", "olve:ssm:/account}}"]]}, "looked up when it is deployed"),
        ({"Fn::Sub": ["${A}olve:ssm:/account}}", {"A": "{{res"}]}, "looked up when it is deployed"),
        ({"Fn::ImportValue": "unheard"}, "no template here exports"),
        ({"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "None"}}, "no template here has"),
        ({"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Loop"}}, "refers to itself"),
        ({"Fn::Select": [9, ["a"]]}, "selects 9"),
        ({"Fn::GetAtt": ["Bucket"]}, "Fn::GetAtt"),
        ({"Fn::Join": ["", {"Ref": "AWS::Region"}]}, "no list of texts"),
    ],
)
def test_what_is_not_known_before_it_is_deployed(written: Json, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        resolver().value(written, "Own")


def test_an_assembly_for_any_account_has_a_number_that_nothing_writes() -> None:
    body = {"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"Name": "100000000001"}}}}
    found = Resolver(Assembly([Template("Data", body)]))
    assert found.account == "100000000002"
    assert found.stranger(999) not in str(body)
    two = [Template("A", body, account="111122223333"), Template("B", body, account="444455556666")]
    with pytest.raises(UnreadableError, match="several accounts"):
        _ = Resolver(Assembly(two)).account


def test_a_teams_stack_does_not_say_what_holds_for_all() -> None:
    """Else a class of a team's own would call the deployment one for development."""
    said = {"Mode": {"Value": "development: no second zone"}}
    api = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi"}}}
    team, network = {**api, "Outputs": said}, {**BODY, "Outputs": said}
    assert not developing(Deployment(Assembly([Template("Team", team), Template("Network", BODY)])))
    assert developing(Deployment(Assembly([Template("Team", api), Template("Network", network)])))
    assert developing(Deployment(Assembly([Template("All", team)]))), "it is all there is"
