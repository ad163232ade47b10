"""A team's stack: its role reaches its own things, its API lets its own callers in."""

import json

import pytest

from lambdas.proxy.core.team import Team as Proxied
from tests.stacks.assembly import Assembly, Json, one, resources, role_statements, team_document

ACCOUNT = {"Ref": "AWS::AccountId"}


def function(template: Json, start: str) -> Json:
    found = [v for name, v in resources(template, "AWS::Lambda::Function").items() if name.startswith(start)]
    assert len(found) == 1
    return found[0]


def logical_id(template: Json, kind: str, start: str = "") -> str:
    names = [name for name in resources(template, kind) if name.startswith(start)]
    assert len(names) == 1
    return names[0]


@pytest.fixture(params=["token_team", "iam_team"])
def team(request: pytest.FixtureRequest) -> Json:
    """Each of the teams."""
    return request.getfixturevalue(request.param)


def test_the_proxy_infers_in_its_own_project_with_its_own_models_and_tiers(token_team: Json) -> None:
    statement = role_statements(token_team, "ProxyRole")["Allow bedrock-mantle:CreateInference"]
    project = logical_id(token_team, "AWS::BedrockMantle::Project")
    assert statement["Action"] == "bedrock-mantle:CreateInference"
    assert statement["Resource"] == {"Fn::GetAtt": [project, "Arn"]}
    assert statement["Condition"] == {
        "StringEquals": {"bedrock-mantle:Model": ["google.gemma-4-26b-a4b", "google.gemma-4-31b"]},
        "StringEqualsIfExists": {"bedrock-mantle:ServiceTier": ["default", "flex"]},
    }


def test_a_team_without_the_default_tier_cannot_leave_the_tier_out(iam_team: Json) -> None:
    statement = role_statements(iam_team, "ProxyRole")["Allow bedrock-mantle:CreateInference"]
    assert statement["Condition"] == {
        "StringEquals": {
            "bedrock-mantle:Model": ["google.gemma-4-e2b"],
            "bedrock-mantle:ServiceTier": ["priority"],
        }
    }


def test_the_proxy_applies_the_deployments_guardrail_and_no_other(team: Json) -> None:
    found = role_statements(team, "ProxyRole")
    assert found["Allow bedrock:ApplyGuardrail"]["Resource"] == {
        "Fn::GetStackOutput": {"StackName": "Cloister-Guardrails", "OutputName": "GuardrailArn"}
    }
    decrypt = found["Allow kms:Decrypt"]
    assert decrypt["Resource"]["Fn::GetStackOutput"]["OutputName"] == "GuardrailKeyArn"
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "bedrock.us-east-1.amazonaws.com"}}


def test_the_proxy_reads_what_its_own_project_keeps_and_what_its_models_say_of_it(token_team: Json) -> None:
    statement = role_statements(token_team, "ProxyRole")["Allow bedrock-mantle:GetModel"]
    assert statement["Action"] == ["bedrock-mantle:GetModel", "bedrock-mantle:GetProject"]
    project = logical_id(token_team, "AWS::BedrockMantle::Project")
    assert statement["Resource"] == {"Fn::GetAtt": [project, "Arn"]}


def test_the_proxy_may_do_nothing_else(team: Json) -> None:
    allowed = {name for name in role_statements(team, "ProxyRole") if name.startswith("Allow")}
    assert allowed == {
        "Allow bedrock-mantle:CreateInference",
        "Allow bedrock-mantle:GetModel",
        "Allow bedrock:ApplyGuardrail",
        "Allow ec2:AssignPrivateIpAddresses",
        "Allow ec2:DescribeNetworkInterfaces",
        "Allow kms:Decrypt",
        "Allow logs:CreateLogStream",
    }


def test_the_authorizer_may_write_its_log_and_nothing_else(token_team: Json) -> None:
    found = role_statements(token_team, "AuthorizerRole")
    assert {name for name in found if name.startswith("Allow")} == {
        "Allow ec2:AssignPrivateIpAddresses",
        "Allow ec2:DescribeNetworkInterfaces",
        "Allow logs:CreateLogStream",
    }
    group = logical_id(token_team, "AWS::Logs::LogGroup", "AuthorizerLogs")
    assert found["Allow logs:CreateLogStream"]["Resource"] == {"Fn::GetAtt": [group, "Arn"]}


@pytest.mark.parametrize("role", ["ProxyRole", "AuthorizerRole"])
def test_code_of_a_function_is_denied_bearer_tokens_and_network_interfaces(token_team: Json, role: str) -> None:
    found = role_statements(token_team, role)
    tokens = found["Deny bedrock-mantle:CallWithBearerToken"]
    assert tokens["Action"] == ["bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken"]
    assert tokens["Resource"] == "*"
    assert "Condition" not in tokens
    interfaces = found["Deny ec2:AssignPrivateIpAddresses"]
    assert interfaces["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}
    assert interfaces["Resource"] == "*"
    managed = found["Allow ec2:AssignPrivateIpAddresses"]["Action"]
    seen = found["Allow ec2:DescribeNetworkInterfaces"]["Action"]
    assert interfaces["Action"] == sorted([*managed, *seen])


def test_roles_carry_no_managed_policy_and_are_for_lambda_alone(team: Json) -> None:
    roles = resources(team, "AWS::IAM::Role")
    assert roles
    for role in roles.values():
        assert "ManagedPolicyArns" not in role
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_roles_are_known_by_their_path(token_team: Json) -> None:
    paths = {n.rstrip("0123456789ABCDEF"): r["Path"] for n, r in resources(token_team, "AWS::IAM::Role").items()}
    assert paths == {
        "ProxyRole": "/cloister/Cloister/proxy/",
        "AuthorizerRole": "/cloister/Cloister/authorizer/",
    }


@pytest.mark.parametrize("function", ["Proxy", "Authorizer"])
def test_a_boundary_repeats_what_a_role_may(token_team: Json, function: str) -> None:
    boundary = logical_id(token_team, "AWS::IAM::ManagedPolicy", f"{function}RoleBoundary")
    role = token_team["Resources"][logical_id(token_team, "AWS::IAM::Role", f"{function}Role")]["Properties"]
    policy = token_team["Resources"][logical_id(token_team, "AWS::IAM::Policy", f"{function}Role")]["Properties"]
    ceiling = token_team["Resources"][boundary]["Properties"]
    assert role["PermissionsBoundary"] == {"Ref": boundary}
    assert ceiling["PolicyDocument"] == policy["PolicyDocument"]
    assert ceiling["Path"] == role["Path"], "where the policies that keep it as it is look for it"
    assert not set(ceiling) & {"Roles", "Users", "Groups"}, "attached, it would grant what it is to bound"


def test_a_role_that_is_passed_to_another_function_infers_nothing(token_team: Json) -> None:
    boundary = logical_id(token_team, "AWS::IAM::ManagedPolicy", "ProxyRoleBoundary")
    statements = token_team["Resources"][boundary]["Properties"]["PolicyDocument"]["Statement"]
    own = {
        "Fn::Join": [
            "",
            ["arn:aws:lambda:us-east-1:", {"Ref": "AWS::AccountId"}, ":function:Cloister-Team-atlas-Proxy"],
        ]
    }
    (denied,) = [s for s in statements if s["Sid"].endswith("FromItsFunctionOnly")]
    assert denied["Action"] == [
        *("bedrock-mantle:CreateInference", "bedrock-mantle:GetModel", "bedrock-mantle:GetProject"),
        *("bedrock:ApplyGuardrail", "kms:Decrypt"),
    ]
    for statement in (denied,):
        assert (statement["Effect"], statement["Resource"]) == ("Deny", "*")
        # Lambda's own calls with the role carry no such key; those of a function's code always do.
        assert statement["Condition"] == {
            "ArnNotEquals": {"lambda:SourceFunctionArn": own},
            "Null": {"lambda:SourceFunctionArn": "false"},
        }
    assert function(token_team, "Proxy")["FunctionName"] == "Cloister-Team-atlas-Proxy"
    assert function(token_team, "Authorizer")["FunctionName"] == "Cloister-Team-atlas-Authorizer"


def test_callers_who_sign_may_carry_a_policy_for_their_own_api_alone(iam_team: Json, token_team: Json) -> None:
    policy = logical_id(iam_team, "AWS::IAM::ManagedPolicy", "CallerAccess")
    (statement,) = iam_team["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    api = {"Ref": logical_id(iam_team, "AWS::ApiGateway::RestApi")}
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    assert statement["Resource"] == [
        {"Fn::Join": ["", ["arn:aws:execute-api:us-east-1:", {"Ref": "AWS::AccountId"}, ":", api, f"/v1/{method}/*"]]}
        for method in ("GET", "POST")
    ]
    assert iam_team["Outputs"]["CallerPolicy"]["Value"] == {"Ref": policy}
    assert not [n for n in resources(token_team, "AWS::IAM::ManagedPolicy") if n.startswith("CallerAccess")]


def test_the_proxys_environment_is_the_contract_and_nothing_else(token_team: Json, iam_team: Json) -> None:
    environment = function(token_team, "Proxy")["Environment"]["Variables"]

    def output(name: str) -> Json:
        return {"Fn::GetStackOutput": {"StackName": "Cloister-Guardrails", "OutputName": name}}

    document, marks = team_document(function(token_team, "Proxy"))
    assert environment.keys() == {"AWS_LAMBDA_EXEC_WRAPPER", "CLOISTER_TEAM"}
    assert environment["AWS_LAMBDA_EXEC_WRAPPER"] == "/var/task/bootstrap"
    references = {name: marks[document.pop(name)] for name in ("project", "guardrail_id", "guardrail_version")}
    assert references == {
        "project": {"Fn::GetAtt": [logical_id(token_team, "AWS::BedrockMantle::Project"), "Id"]},
        "guardrail_id": output("GuardrailId"),
        "guardrail_version": output("GuardrailVersion"),
    }
    assert document == {
        "name": "atlas",
        "access": "token",
        "models": ["google.gemma-4-31b", "google.gemma-4-26b-a4b"],
        "tiers": ["default", "flex"],
        "text_units": [[200, 1000], [50, 200], [200, 200]],
        "retention": "required",
        # Nano-USD for a thousand tokens, in and out; for a text unit; for an image.
        "prices": {
            "models": {
                "google.gemma-4-31b": {"default": [140_000, 400_000], "flex": [70_000, 200_000]},
                "google.gemma-4-26b-a4b": {"default": [130_000, 400_000], "flex": [65_000, 200_000]},
            },
            "guardrail": {"content": 150_000, "topics": 150_000, "pii": 100_000, "words": 0, "images": 750_000},
        },
    }
    assert team_document(function(iam_team, "Proxy"))[0]["access"] == "iam"


def test_what_a_team_chooses_reaches_its_proxy_as_the_proxy_reads_it(pinned: Assembly) -> None:
    document, _ = team_document(function(pinned.templates["Cloister-Team-atlas"], "Proxy"))
    team = Proxied({"CLOISTER_TEAM": json.dumps(document), "AWS_REGION": "eu-central-1"})
    team.check(team.models)
    assert team.text_units == ((25, 1000), (25, 25)), "as eu-central-1 has them by default"
    assert (team.input, team.history, team.delay, team.structured_output) == ("overlap", "once", 0.5, "retry")
    assert (team.prompt_attacks, team.disguises, team.arguments) == ("everything", False, "block")
    assert team.others("google.gemma-4-31b", "default") == [
        ("google.gemma-4-26b-a4b", "default"),
        ("google.gemma-4-26b-a4b", "flex"),
    ]
    assert team.others("google.gemma-4-26b-a4b", "flex") == [("google.gemma-4-26b-a4b", "default")]
    other, _ = team_document(function(pinned.templates["Cloister-Team-beacon"], "Proxy"))
    chosen = {"input", "history", "delay", "structured_output", "fallbacks", "prompt_attacks", "disguises", "arguments"}
    assert document.keys() - other.keys() == chosen


def test_functions_run_where_they_are_meant_to(token_team: Json) -> None:
    proxy, authorizer = function(token_team, "Proxy"), function(token_team, "Authorizer")
    for properties, handler, group in ((proxy, "proxy", "Proxies"), (authorizer, "authorizer.handler", "Authorizers")):
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        assert properties["Handler"] == handler
        assert len(properties["VpcConfig"]["SubnetIds"]) == 2
        assert all("IsolatedSubnet" in subnet["Fn::ImportValue"] for subnet in properties["VpcConfig"]["SubnetIds"])
        (security_group,) = properties["VpcConfig"]["SecurityGroupIds"]
        assert f"GetAtt{group}" in security_group["Fn::ImportValue"]
    assert proxy["Timeout"] == 900


def test_no_function_has_an_endpoint_override_or_a_secret(team: Json) -> None:
    for properties in resources(team, "AWS::Lambda::Function").values():
        names = set(properties["Environment"]["Variables"])
        assert not [name for name in names if "ENDPOINT" in name or "URL" in name or "SECRET" in name or "KEY" in name]


def test_the_project_is_tagged_with_team_and_owner(token_team: Json) -> None:
    project = one(token_team, "AWS::BedrockMantle::Project")
    assert project["Name"] == "Cloister-atlas"
    assert {tag["Key"]: tag["Value"] for tag in project["Tags"]} == {
        "contact": "atlas@example.com",
        "deployment": "Cloister",
        "owner": "Atlas research",
        "team": "atlas",
    }


def test_a_project_that_is_there_is_taken_as_it_is(pinned: Assembly) -> None:
    template = pinned.templates["Cloister-Team-beacon"]
    assert not resources(template, "AWS::BedrockMantle::Project")
    assert template["Outputs"]["ProjectId"]["Value"] == "proj_beacon"
    assert team_document(function(template, "Proxy"))[0]["project"] == "proj_beacon"
    infers = role_statements(template, "ProxyRole")["Allow bedrock-mantle:CreateInference"]
    assert infers["Resource"] == "arn:aws:bedrock-mantle:eu-central-1:111122223333:project/proj_beacon"


def test_the_api_is_private_and_streams_one_greedy_route(team: Json) -> None:
    api = one(team, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"]["Types"] == ["PRIVATE"]
    assert len(api["EndpointConfiguration"]["VpcEndpointIds"]) == 1
    assert one(team, "AWS::ApiGateway::Resource")["PathPart"] == "{proxy+}"
    method = one(team, "AWS::ApiGateway::Method")
    assert method["HttpMethod"] == "ANY"
    integration = method["Integration"]
    assert integration["Type"] == "AWS_PROXY"
    assert integration["ResponseTransferMode"] == "STREAM"
    assert integration["TimeoutInMillis"] == 900_000
    assert integration["Uri"]["Fn::Join"][1][-1] == "/response-streaming-invocations"


def test_token_callers_are_anonymous_to_the_policy_and_known_to_the_authorizer(token_team: Json) -> None:
    method = one(token_team, "AWS::ApiGateway::Method")
    assert method["AuthorizationType"] == "CUSTOM"
    authorizer = one(token_team, "AWS::ApiGateway::Authorizer")
    assert method["AuthorizerId"] == {"Ref": logical_id(token_team, "AWS::ApiGateway::Authorizer")}
    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 300
    allow, deny = one(token_team, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert allow["Principal"] == "*"
    assert allow["Condition"]["StringEquals"].keys() == {"aws:SourceVpce"}
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"StringNotEquals": allow["Condition"]["StringEquals"]}
    assert function(token_team, "Authorizer")["Environment"]["Variables"] == {
        "CLOISTER_TEAM": "atlas",
        "CLOISTER_CALLERS": {
            "Fn::Join": [
                "",
                [
                    "arn:aws:iam::",
                    ACCOUNT,
                    ":role/atlas-developer,arn:aws:iam::",
                    ACCOUNT,
                    ":role/atlas-batch",
                ],
            ]
        },
    }


def test_an_api_may_invoke_its_own_functions_only(team: Json) -> None:
    api = {"Ref": logical_id(team, "AWS::ApiGateway::RestApi")}
    permissions = resources(team, "AWS::Lambda::Permission")
    assert len(permissions) == len(resources(team, "AWS::Lambda::Function"))
    for permission in permissions.values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert api in permission["SourceArn"]["Fn::Join"][1]


def test_no_log_of_the_api_can_hold_a_prompt(team: Json) -> None:
    stage = one(team, "AWS::ApiGateway::Stage")
    assert stage["StageName"] == "v1"
    (settings,) = stage["MethodSettings"]
    assert settings["DataTraceEnabled"] is False
    assert settings["LoggingLevel"] == "ERROR"
    assert stage["TracingEnabled"] is False
    fields = json.loads(stage["AccessLogSetting"]["Format"])
    assert fields["request_id"] == "$context.requestId"
    assert fields.pop("record") == "access"
    fields |= fields.pop("source")
    # What a caller chooses freely, and API Gateway's message, which may quote the Authorization header.
    freely_chosen = ("path", "querystring", "error.message", "input", "header", "userAgent", "protocol", "body")
    for value in fields.values():
        assert not [word for word in freely_chosen if word in value.removeprefix("$context.")]


def test_the_execution_log_is_made_before_api_gateway_would_make_it_unencrypted(team: Json) -> None:
    stage = logical_id(team, "AWS::ApiGateway::Stage")
    group = logical_id(team, "AWS::Logs::LogGroup", "ApiExecutionLogs")
    assert group in team["Resources"][stage]["DependsOn"]
    api = {"Ref": logical_id(team, "AWS::ApiGateway::RestApi")}
    name = resources(team, "AWS::Logs::LogGroup")[group]["LogGroupName"]
    assert name == {"Fn::Join": ["", ["API-Gateway-Execution-Logs_", api, "/v1"]]}


def test_refusals_of_the_gateway_are_openai_errors(team: Json) -> None:
    answers = {
        answer["ResponseType"]: answer for answer in resources(team, "AWS::ApiGateway::GatewayResponse").values()
    }
    statuses = {kind: answer.get("StatusCode") for kind, answer in answers.items()}
    assert statuses == {
        "ACCESS_DENIED": "403",
        "AUTHORIZER_CONFIGURATION_ERROR": "500",
        "AUTHORIZER_FAILURE": "503",
        "DEFAULT_4XX": None,
        "DEFAULT_5XX": None,
        "EXPIRED_TOKEN": "401",
        "INTEGRATION_FAILURE": "502",
        "INTEGRATION_TIMEOUT": "504",
        "INVALID_SIGNATURE": "401",
        "MISSING_AUTHENTICATION_TOKEN": "401",
        "QUOTA_EXCEEDED": "429",
        "REQUEST_TOO_LARGE": "413",
        "RESOURCE_NOT_FOUND": "404",
        "THROTTLED": "429",
        "UNAUTHORIZED": "401",
    }
    for answer in answers.values():
        (body,) = answer["ResponseTemplates"].values()
        error = json.loads(body)["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert "$context" not in body, "API Gateway's own message may quote the Authorization header"
        assert answer["ResponseParameters"] == {"gatewayresponse.header.x-request-id": "context.requestId"}
    assert json.loads(answers["UNAUTHORIZED"]["ResponseTemplates"]["application/json"])["error"]["code"] == (
        "invalid_api_key"
    )


def test_outputs_are_those_that_tools_read(token_team: Json, iam_team: Json) -> None:
    names = {
        "ApiId",
        "BaseUrl",
        "Access",
        "Models",
        "ProxyFunction",
        "ProxyLogGroup",
        "ProxyRole",
        "ProjectId",
        "CallerRoles",
    }
    assert set(iam_team["Outputs"]) == names | {"CallerPolicy"}
    assert set(token_team["Outputs"]) == names | {"AuthorizerFunction"}
    api = {"Ref": logical_id(token_team, "AWS::ApiGateway::RestApi")}
    assert token_team["Outputs"]["BaseUrl"]["Value"] == {
        "Fn::Join": ["", ["https://", api, ".execute-api.us-east-1.amazonaws.com/v1"]]
    }


def test_a_team_never_names_another_team(deployed: Assembly) -> None:
    for name, other in (("atlas", "beacon"), ("beacon", "atlas")):
        assert other not in json.dumps(deployed.templates[f"Cloister-Team-{name}"])
