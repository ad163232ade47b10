"""Each endpoint lets one kind of call through, of these principals, on these resources; what is wider is registered."""

from collections.abc import Iterator

import pytest

from stacks.constructs.endpoint_policies import WIDER
from tests.stacks.assembly import Assembly, Json, listed, resources, statements
from tests.stacks.promised import ALWAYS, INTERFACES, UNUSED
from tests.stacks.test_network import ACCOUNT, arn, service_of, services

MODELS = ["google.gemma-4-26b-a4b", "google.gemma-4-31b", "google.gemma-4-e2b"]
OWNED = {"StringEqualsIfExists": {"aws:ResourceAccount": ACCOUNT}}
PROXIES = {"Fn::Join": ["", ["arn:aws:iam::", ACCOUNT, ":role/cloister/Cloister/proxy/*"]]}
GUARDRAIL = {"Fn::GetStackOutput": {"StackName": "Cloister-Guardrails", "OutputName": "GuardrailArn"}}


def policy(network: Json, service: str) -> list[Json]:
    """Statements of the policy of the only endpoint for a service."""
    made = resources(network, "AWS::EC2::VPCEndpoint").values()
    found = [endpoint for endpoint in made if service_of(endpoint) == service]
    assert len(found) == 1, f"{len(found)} endpoints for {service}"
    policy: list[Json] = found[0]["PolicyDocument"]["Statement"]
    return policy


def test_execute_api_refuses_principals_of_other_accounts_and_lets_anonymous_ones_to_the_authorizer(
    network: Json,
) -> None:
    (statement,) = policy(network, "execute-api")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"] == arn("execute-api", "*/v1/*")
    assert statement["Condition"] == {
        "StringEqualsIfExists": {
            "aws:PrincipalAccount": [ACCOUNT, "anonymous"],
            "aws:ResourceAccount": ACCOUNT,
        }
    }


def test_the_organisation_passes_the_callers_door_if_it_is_named(modes: Assembly) -> None:
    network = modes.templates["Wide-Network"]
    own, organisation = policy(network, "execute-api")
    assert own["Condition"]["StringEqualsIfExists"]["aws:PrincipalAccount"] == [ACCOUNT, "anonymous"]
    assert organisation["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, **OWNED}
    assert (organisation["Action"], organisation["Resource"]) == (own["Action"], own["Resource"])
    for service in ALWAYS.keys() - {"execute-api"}:
        assert "o-a1b2c3d4e5" not in str(policy(network, service)), "the functions are of this account, always"


def test_mantle_infers_for_the_proxies_with_the_regions_models_in_projects_of_this_account(network: Json) -> None:
    statement, _ = policy(network, "bedrock-mantle")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "bedrock-mantle:CreateInference"
    assert statement["Resource"] == arn("bedrock-mantle", "project/*")
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "bedrock-mantle:Model": MODELS},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
        **OWNED,
    }


def test_mantle_tells_the_proxies_what_the_projects_of_this_account_keep_and_changes_nothing(network: Json) -> None:
    _, statement = policy(network, "bedrock-mantle")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["bedrock-mantle:GetModel", "bedrock-mantle:GetProject"]
    assert statement["Resource"] == arn("bedrock-mantle", "project/*")
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
        **OWNED,
    }


def test_runtime_applies_this_deployments_guardrail_for_the_proxies(network: Json, deployed: Assembly) -> None:
    (statement,) = policy(network, "bedrock-runtime")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "bedrock:ApplyGuardrail"
    assert statement["Resource"] == GUARDRAIL
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
        **OWNED,
    }
    assert "GuardrailArn" in deployed.templates["Cloister-Guardrails"]["Outputs"]
    artifacts = deployed.read("manifest.json")["artifacts"]
    assert "Cloister-Guardrails" in artifacts["Cloister-Network"]["dependencies"], "the ARN is read from its outputs"


def test_sts_tells_who_a_caller_of_this_account_is(network: Json) -> None:
    (statement,) = policy(network, "sts")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "sts:GetCallerIdentity"
    assert statement["Resource"] == "*"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_an_endpoint_for_scanners_lets_nothing_through_and_nobody_in(modes: Assembly) -> None:
    network = modes.templates["Wide-Network"]
    assert services(network) == set(ALWAYS) | UNUSED
    for service in UNUSED:
        (statement,) = policy(network, service)
        assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "*", "*")
        assert statement["Principal"] == {"AWS": "*"}
        assert "Condition" not in statement
    reachable = {
        rule["GroupId"]["Fn::GetAtt"][0] for rule in resources(network, "AWS::EC2::SecurityGroupIngress").values()
    } | {
        name for name, group in resources(network, "AWS::EC2::SecurityGroup").items() if "SecurityGroupIngress" in group
    }
    assert {name.partition("SecurityGroup")[0] for name in reachable} == {promise.id for promise in INTERFACES.values()}


def wide(statement: Json) -> Iterator[str]:
    """Name the parts of a statement that are wider than one thing for certain."""
    if any("*" in str(resource) for resource in listed(statement["Resource"])):
        yield "Resource"
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if operator.endswith("IfExists"):
                yield f"{key} IfExists"
            elif "*" in str(values):
                yield key
    bounds = {key.removesuffix("IfExists") for keys in statement.get("Condition", {}).values() for key in keys}
    if not bounds & {"aws:PrincipalAccount", "aws:PrincipalOrgID"}:
        yield "Principal"
    if any("*" in action for action in listed(statement["Action"])):
        yield "Action"


def test_what_is_wider_is_what_is_registered_with_its_reason(
    deployed: Assembly,
    modes: Assembly,
    pictures: Assembly,
    budgets: Assembly,
    pinned: Assembly,
    opened: Assembly,
    archives: Assembly,
) -> None:
    found = {
        (statement["Sid"].rstrip("0123456789"), part)  # of which there is one a bucket
        for assembly in (deployed, modes, pictures, budgets, pinned, opened, archives)
        for template in assembly.templates.values()
        for path, statement in statements(template)
        if "Endpoint" in path and statement["Effect"] == "Allow"
        for part in wide(statement)
    }
    assert found == set(WIDER)
    assert all(len(reason.split()) >= 4 for reason in WIDER.values())


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "modes", "pictures", "pictures_elsewhere", "budgets"])
def test_every_endpoint_has_a_policy(fixture: str, request: pytest.FixtureRequest) -> None:
    """AWS lets everybody do everything through an endpoint without one."""
    found = 0
    for template in request.getfixturevalue(fixture).templates.values():
        for endpoint in resources(template, "AWS::EC2::VPCEndpoint").values():
            assert endpoint["PolicyDocument"]["Statement"]
            found += 1
    assert found >= 4
