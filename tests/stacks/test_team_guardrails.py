"""A team that adds to the guardrail has one of its own, which is bounded as the baseline is; the others share that."""

from tests.stacks.assembly import Assembly, Json, resources, role_statements, team_document


def names(value: Json) -> set[str]:
    """Names of the outputs that are read in some part of a template."""
    if isinstance(value, dict):
        if "Fn::GetStackOutput" in value:
            return {value["Fn::GetStackOutput"]["OutputName"]}
        return {name for each in value.values() for name in names(each)}
    return {name for each in value for name in names(each)} if isinstance(value, list) else set()


def guardrail(assembly: Assembly, name: str) -> Json:
    every = resources(assembly.templates["Cloister-Guardrails"], "AWS::Bedrock::Guardrail")
    (found,) = (each for each in every.values() if each["Name"] == name)
    return found


def test_it_holds_the_baseline_and_what_the_team_adds(pinned: Assembly) -> None:
    baseline, atlas = guardrail(pinned, "Cloister-baseline"), guardrail(pinned, "Cloister-atlas")
    strengths = [
        {each["Type"]: each["InputStrength"] for each in found["ContentPolicyConfig"]["FiltersConfig"]}
        for found in (baseline, atlas)
    ]
    assert strengths[1] == {**strengths[0], "INSULTS": "HIGH"} != strengths[0]
    sensitive = atlas["SensitiveInformationPolicyConfig"]
    assert {each["Type"]: each["Action"] for each in sensitive["PiiEntitiesConfig"]} == {
        "AWS_SECRET_KEY": "BLOCK",
        "EMAIL": "BLOCK",
        "NAME": "ANONYMIZE",
    }
    assert sensitive["RegexesConfig"] == [{"Name": "staff-number", "Pattern": "S-[0-9]{6}", "Action": "ANONYMIZE"}]
    assert [word["Text"] for word in atlas["WordPolicyConfig"]["WordsConfig"]] == ["Project Nightjar", "Project Osprey"]
    assert atlas["TopicPolicyConfig"] == baseline["TopicPolicyConfig"]
    assert atlas["KmsKeyArn"] == baseline["KmsKeyArn"]


def test_each_proxy_may_apply_its_own_alone_and_names_its_version(pinned: Assembly) -> None:
    for team, prefix in (("atlas", "atlas"), ("beacon", "")):
        template = pinned.templates[f"Cloister-Team-{team}"]
        may = role_statements(template, "ProxyRole")["Allow bedrock:ApplyGuardrail"]
        assert names(may["Resource"]) == {f"{prefix}GuardrailArn"}
        functions = [
            each
            for name, each in resources(template, "AWS::Lambda::Function").items()
            if name.startswith("ProxyFunction")
        ]
        assert names(functions[0]["Environment"]) == {f"{prefix}GuardrailId", f"{prefix}GuardrailVersion"}
    outputs = pinned.templates["Cloister-Guardrails"]["Outputs"]
    assert outputs["atlasGuardrailVersion"]["Value"] != outputs["GuardrailVersion"]["Value"]
    assert {"Fn::GetAtt"} == outputs["atlasGuardrailVersion"]["Value"].keys()


def test_the_endpoint_lets_both_through_and_nothing_else(pinned: Assembly) -> None:
    endpoints = resources(pinned.templates["Cloister-Network"], "AWS::EC2::VPCEndpoint")
    (runtime,) = (each for name, each in endpoints.items() if name.startswith("BedrockRuntime"))
    (statement,) = runtime["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock:ApplyGuardrail"
    assert names(statement["Resource"]) == {"GuardrailArn", "atlasGuardrailArn"}
    assert len(statement["Resource"]) == 2


def test_the_pace_is_that_of_the_policies_it_has(pinned: Assembly) -> None:
    functions = resources(pinned.templates["Cloister-Team-atlas"], "AWS::Lambda::Function")
    (proxy,) = (each for name, each in functions.items() if name.startswith("ProxyFunction"))
    assert team_document(proxy)[0]["text_units"] == [[25, 1000], [25, 25]]


def test_a_team_that_adds_nothing_changes_nothing_of_the_platform(deployed: Assembly) -> None:
    assert len(resources(deployed.templates["Cloister-Guardrails"], "AWS::Bedrock::Guardrail")) == 1
