"""The types that the embedded AWS is taught, through CloudFormation as a deployment goes: create, update, delete.

Guarantees: every type of the synthesised templates is known; what was created can be described through the
service's own API; a change that AWS makes by replacement replaces, any other does not; nothing outlives its stack.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import types
from local.embedded import Embedded
from tests.local.stack import Stack, Template

GUARDRAIL: Template = {
    "Type": "AWS::Bedrock::Guardrail",
    "Properties": {
        "Name": "baseline",
        "BlockedInputMessaging": "no",
        "BlockedOutputsMessaging": "no",
        "WordPolicyConfig": {"WordsConfig": [{"Text": "Nightjar"}]},
        "SensitiveInformationPolicyConfig": {"PiiEntitiesConfig": [{"Type": "EMAIL", "Action": "ANONYMIZE"}]},
    },
}


def version(description: str) -> Template:
    properties = {"GuardrailIdentifier": {"Fn::GetAtt": ["Guard", "GuardrailId"]}, "Description": description}
    return {"Type": "AWS::Bedrock::GuardrailVersion", "Properties": properties}


def with_words(*words: str) -> Template:
    properties = {**GUARDRAIL["Properties"], "WordPolicyConfig": {"WordsConfig": [{"Text": word} for word in words]}}
    return {**GUARDRAIL, "Properties": properties}


def verdict(aws: Embedded, guardrail: str, number: str, text: str) -> tuple[str, str]:
    answer = aws.client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier=guardrail, guardrailVersion=number, source="INPUT", content=[{"text": {"text": text}}]
    )
    return answer["action"], answer["outputs"][0]["text"]


def test_every_type_of_the_templates_is_known(templates: dict[str, Template]) -> None:
    used = {resource["Type"] for template in templates.values() for resource in template["Resources"].values()}
    assert used, "no template was read"
    assert sorted(used - types.known()) == []


def test_no_type_is_taught_that_no_template_uses(templates: dict[str, Template]) -> None:
    used = {resource["Type"] for template in templates.values() for resource in template["Resources"].values()}
    assert sorted({module.NAME for module in types.MODULES} - used) == []


def test_a_guardrail_acts_and_goes(aws: Embedded, stack: Stack) -> None:
    stack.apply({"Guard": GUARDRAIL}, {"Id": {"Fn::GetAtt": ["Guard", "GuardrailId"]}, "Arn": {"Ref": "Guard"}})
    identifier = stack.outputs()["Id"]
    assert identifier.isalnum() and identifier == identifier.lower()
    assert stack.outputs()["Arn"].endswith(f":guardrail/{identifier}")
    assert verdict(aws, identifier, "DRAFT", "about Nightjar") == ("GUARDRAIL_INTERVENED", "no")
    assert verdict(aws, identifier, "DRAFT", "to a@b.example") == ("GUARDRAIL_INTERVENED", "to {EMAIL}")
    assert verdict(aws, identifier, "DRAFT", "about owls")[0] == "NONE"
    stack.delete()
    assert aws.client("bedrock").list_guardrails()["guardrails"] == []


def test_a_guardrail_is_changed_in_place_and_drops_what_the_template_drops(aws: Embedded, stack: Stack) -> None:
    stack.apply({"Guard": GUARDRAIL})
    before = stack.physical("Guard")
    identifier = before.rpartition("/")[2]
    changed = with_words("Owl")
    del changed["Properties"]["SensitiveInformationPolicyConfig"]
    stack.apply({"Guard": changed})
    assert stack.physical("Guard") == before
    assert verdict(aws, identifier, "DRAFT", "an owl")[0] == "GUARDRAIL_INTERVENED"
    assert verdict(aws, identifier, "DRAFT", "Nightjar, a@b.example")[0] == "NONE"
    stack.delete()


def test_a_guardrail_version_keeps_its_content_and_a_new_description_is_a_new_version(
    aws: Embedded, stack: Stack
) -> None:
    outputs = {
        "Id": {"Fn::GetAtt": ["Version", "GuardrailId"]},
        "Number": {"Fn::GetAtt": ["Version", "Version"]},
        "Ref": {"Ref": "Version"},
    }
    stack.apply({"Guard": with_words("Nightjar"), "Version": version("first")}, outputs)
    first = stack.outputs()
    assert first["Number"] == "1"
    assert first["Ref"] == f"{first['Id']}|1"

    stack.apply({"Guard": with_words("Owl"), "Version": version("first")}, outputs)
    assert stack.outputs()["Number"] == "1", "a changed draft alone makes no version"
    assert verdict(aws, first["Id"], "1", "an owl")[0] == "NONE", "a version must not move with its draft"
    assert verdict(aws, first["Id"], "1", "Nightjar")[0] == "GUARDRAIL_INTERVENED"

    stack.apply({"Guard": with_words("Owl"), "Version": version("second")}, outputs)
    assert stack.outputs()["Number"] == "2"
    assert verdict(aws, first["Id"], "2", "an owl")[0] == "GUARDRAIL_INTERVENED"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        verdict(aws, first["Id"], "1", "the replaced version is gone")
    stack.delete()


def test_a_project_has_the_documented_attributes_and_goes(
    aws: Embedded, stack: Stack, projects: Callable[[], Any]
) -> None:
    def project(name: str, **tags: str) -> Template:
        properties = {"Name": name, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        return {"Type": "AWS::BedrockMantle::Project", "Properties": properties}

    outputs = {name: {"Fn::GetAtt": ["Project", name]} for name in ("Id", "Arn", "CreatedAt")}
    stack.apply({"Project": project("atlas", owner="a")}, outputs)
    first = stack.outputs()
    assert first["Id"].startswith("proj_") and first["Id"].removeprefix("proj_").isalnum()
    assert first["Arn"] == f"arn:aws:bedrock-mantle:{aws.region}:000000000000:project/{first['Id']}"
    assert first["CreatedAt"].startswith("20") and first["CreatedAt"].endswith("Z")

    stack.apply({"Project": project("atlas", owner="b")}, outputs)
    assert stack.outputs() == first, "tags change in place"
    assert [item["tags"] for item in projects() if item["id"] == first["Id"]] == [{"owner": "b"}]

    stack.apply({"Project": project("renamed")}, outputs)
    assert stack.outputs()["Id"] != first["Id"]
    assert [item["name"] for item in projects()] == ["renamed"]
    stack.delete()
    assert projects() == []


def network(rule: Template, **more: Template) -> Template:
    group = {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}
    nothing_out = {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "One": {"Type": "AWS::EC2::SecurityGroup", "Properties": {**group, "SecurityGroupEgress": [nothing_out]}},
        "Two": {"Type": "AWS::EC2::SecurityGroup", "Properties": {**group, "SecurityGroupEgress": [nothing_out]}},
        "Rule": rule,
        **more,
    }


def ingress(port: int = 443, description: str = "in") -> Template:
    properties = {
        "GroupId": {"Fn::GetAtt": ["Two", "GroupId"]},
        "SourceSecurityGroupId": {"Fn::GetAtt": ["One", "GroupId"]},
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "Description": description,
    }
    return {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": properties}


def egress(port: int = 443, description: str = "out") -> Template:
    properties = {
        "GroupId": {"Fn::GetAtt": ["One", "GroupId"]},
        "DestinationSecurityGroupId": {"Fn::GetAtt": ["Two", "GroupId"]},
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "Description": description,
    }
    return {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": properties}


@pytest.mark.parametrize(
    ("rule", "holder", "field"),
    [(ingress, "Two", "IpPermissions"), (egress, "One", "IpPermissionsEgress")],
    ids=["ingress", "egress"],
)
def test_a_rule_is_added_described_replaced_and_removed(
    aws: Embedded, stack: Stack, rule: Callable[..., Template], holder: str, field: str
) -> None:
    ec2 = aws.client("ec2")

    def tcp() -> list[tuple[int, str]]:
        group = ec2.describe_security_groups(GroupIds=[stack.physical(holder)])["SecurityGroups"][0]
        rules = [item for item in group[field] if item["IpProtocol"] == "tcp"]
        return [(item["FromPort"], item["UserIdGroupPairs"][0].get("Description", "")) for item in rules]

    stack.apply(network(rule()))
    first = stack.physical("Rule")
    assert [port for port, _ in tcp()] == [443]
    stack.apply(network(rule(description="said otherwise")))
    assert stack.physical("Rule") == first
    assert tcp() == [(443, "said otherwise")]
    stack.apply(network(rule(port=444)))
    assert stack.physical("Rule") != first
    assert [port for port, _ in tcp()] == [444]
    without = network(rule())
    del without["Rule"]
    stack.apply(without)
    assert tcp() == []
    stack.delete()


def test_a_rule_that_the_group_holds_already_is_refused(stack: Stack) -> None:
    assert "already" in stack.fails(network(ingress(), Again={**ingress(description="twice"), "DependsOn": "Rule"}))
    stack.delete()


def test_a_flow_log_is_made_for_its_vpc_and_goes(aws: Embedded, stack: Stack) -> None:
    def resources(traffic: str) -> Template:
        properties = {
            "ResourceId": {"Ref": "Vpc"},
            "ResourceType": "VPC",
            "TrafficType": traffic,
            "LogGroupName": {"Ref": "Group"},
        }
        return {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
            "Flow": {"Type": "AWS::EC2::FlowLog", "Properties": properties},
        }

    ec2 = aws.client("ec2")
    stack.apply(resources("ALL"))
    first = stack.physical("Flow")
    assert [(log["FlowLogId"], log["ResourceId"]) for log in ec2.describe_flow_logs()["FlowLogs"]] == [
        (first, stack.physical("Vpc"))
    ]
    stack.apply(resources("REJECT"))
    assert stack.physical("Flow") != first
    assert [log["TrafficType"] for log in ec2.describe_flow_logs()["FlowLogs"]] == ["REJECT"]
    stack.delete()
    assert ec2.describe_flow_logs()["FlowLogs"] == []


def test_a_trail_logs_selects_and_goes(aws: Embedded, stack: Stack) -> None:
    selector = {"Name": "data", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}

    def resources(**properties: Any) -> Template:
        trail = {"IsLogging": True, "S3BucketName": {"Ref": "Bucket"}, "EnableLogFileValidation": True, **properties}
        return {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Trail": {"Type": "AWS::CloudTrail::Trail", "Properties": trail},
        }

    cloudtrail = aws.client("cloudtrail")
    stack.apply(resources(AdvancedEventSelectors=[selector]), {"Arn": {"Fn::GetAtt": ["Trail", "Arn"]}})
    name = stack.physical("Trail")
    trail = cloudtrail.get_trail(Name=name)["Trail"]
    assert (trail["TrailARN"], trail["LogFileValidationEnabled"]) == (stack.outputs()["Arn"], True)
    assert cloudtrail.get_trail_status(Name=name)["IsLogging"] is True
    assert cloudtrail.get_event_selectors(TrailName=name)["AdvancedEventSelectors"] == [selector]

    stack.apply(resources(IsLogging=False, EnableLogFileValidation=False))
    assert stack.physical("Trail") == name
    assert cloudtrail.get_trail_status(Name=name)["IsLogging"] is False
    assert cloudtrail.get_trail(Name=name)["Trail"]["LogFileValidationEnabled"] is False
    assert "AdvancedEventSelectors" not in cloudtrail.get_event_selectors(TrailName=name)
    stack.delete()
    assert cloudtrail.describe_trails()["trailList"] == []


def test_a_type_that_ministack_came_to_know_is_not_replaced_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    table: dict[str, Any] = {types.MODULES[0].NAME: {}}
    provisioners = types.emulator.provisioners()
    monkeypatch.setattr(provisioners, "_RESOURCE_HANDLERS", table)
    with pytest.raises(RuntimeError, match=types.MODULES[0].NAME):
        types.register()


def test_each_type_is_a_module_with_the_whole_set_of_functions() -> None:
    names = [module.NAME for module in types.MODULES]
    assert len(set(names)) == len(names)
    for module in types.MODULES:
        assert callable(module.create) and callable(module.update) and callable(module.delete)
        assert isinstance(module.REPLACING, tuple)
    files = {path.stem for path in Path(types.__file__).parent.glob("[a-z]*.py")} - {"emulator", "given"}
    assert files == {module.__name__.rpartition(".")[2] for module in types.MODULES}
