"""A new guardrail version is made exactly when the guardrail's content changes, and reaches the teams."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from review.assembly import Assembly as Reviewed
from review.assembly import Template as ReviewedTemplate
from review.deployment import Deployment
from review.finding import Status
from review.rules.catalogue import by_id
from stacks.guardrails import GuardrailsStack
from stacks.policies import Names, bypass
from tests.stacks.assembly import Assembly, Json, context, one, resources
from tests.stacks.deployments import DEPLOYMENT, settings

GUARDRAIL: Mapping[str, Any] = DEPLOYMENT["guardrail"]

#: Changes of what decides a verdict.
CHANGES: dict[str, Mapping[str, Any]] = {
    "strength": {"content": GUARDRAIL["content"] | {"misconduct": "high"}},
    "word": {"words": ["Project Nightjar", "Project Heron"]},
    "no words": {"words": []},
    "pii action": {"pii": {"EMAIL": "block", "AWS_SECRET_KEY": "block"}},
    "pii type": {"pii": {"EMAIL": "mask"}},
    "topic": {"topics": []},
    "example": {"topics": [dict(GUARDRAIL["topics"][0]) | {"examples": ["Which fund is best?"]}]},
}
#: Changes that decide none.
SAME: dict[str, Mapping[str, Any]] = {
    "nothing": {},
    "retention": {"audit": {"retention_days": 30, "data_events": False}},
    "name": {"name": "Other"},
    "order of pii": {"guardrail": dict(GUARDRAIL) | {"pii": {"AWS_SECRET_KEY": "block", "EMAIL": "mask"}}},
}


def synth(changes: Mapping[str, Any]) -> Json:
    stack = GuardrailsStack(App(context=context()), deployment=settings(changes).deployment)
    return Template.from_stack(stack).to_json()


def version(template: Json) -> tuple[str, str]:
    ((name, properties),) = resources(template, "AWS::Bedrock::GuardrailVersion").items()
    return name, properties["Description"]


@pytest.mark.parametrize("change", CHANGES)
def test_content_that_changes_makes_a_new_version(change: str, guardrails: Json) -> None:
    changed = version(synth({"guardrail": dict(GUARDRAIL) | dict(CHANGES[change])}))
    assert changed[0] != version(guardrails)[0]
    assert changed[1] != version(guardrails)[1]


@pytest.mark.parametrize("change", SAME)
def test_the_same_content_keeps_its_version(change: str, guardrails: Json) -> None:
    assert version(synth(SAME[change])) == version(guardrails)


def test_versions_are_kept_when_a_new_one_takes_over(guardrails: Json) -> None:
    (resource,) = [r for r in guardrails["Resources"].values() if r["Type"] == "AWS::Bedrock::GuardrailVersion"]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_a_new_version_changes_every_team_by_no_more_than_the_functions_description(
    deployed: Assembly, tmp_path: Path
) -> None:
    changed = Assembly.of(settings({"guardrail": dict(GUARDRAIL) | {"words": ["Project Heron"]}}), tmp_path).templates
    for team in ("Cloister-Team-atlas", "Cloister-Team-beacon"):
        before, after = deployed.templates[team], changed[team]
        assert before != after, "CloudFormation would not redeploy the team, and it would keep the old version"
        for template in (before, after):
            for function in resources(template, "AWS::Lambda::Function").values():
                function.pop("Description")
        assert before == after


def test_teams_read_the_version_weakly_and_after_it_is_deployed(deployed: Assembly) -> None:
    exported = [o for o in deployed.templates["Cloister-Guardrails"]["Outputs"].values() if "Export" in o]
    assert not exported, "an exported version could not change while a team imports it"
    artifacts = deployed.read("manifest.json")["artifacts"]
    for team in ("Cloister-Team-atlas", "Cloister-Team-beacon"):
        assert "Cloister-Guardrails" in artifacts[team]["dependencies"]
        read = [
            part.split('"')[0]
            for part in json.dumps(deployed.templates[team]).split(
                '{"StackName": "Cloister-Guardrails", "OutputName": "'
            )
        ][1:]
        assert set(read) == {"GuardrailArn", "GuardrailId", "GuardrailKeyArn", "GuardrailVersion"}
        assert set(read) <= set(deployed.templates["Cloister-Guardrails"]["Outputs"])


def test_the_strength_of_the_filter_of_prompt_attacks_is_a_setting() -> None:
    guardrail = one(synth({"guardrail": dict(GUARDRAIL) | {"prompt_attack": "low"}}), "AWS::Bedrock::Guardrail")
    filters = {f["Type"]: f for f in guardrail["ContentPolicyConfig"]["FiltersConfig"]}
    found = filters["PROMPT_ATTACK"]
    assert (found["InputStrength"], found["OutputStrength"]) == ("LOW", "NONE")


def test_the_guardrail_says_what_the_settings_say(guardrails: Json) -> None:
    guardrail = one(guardrails, "AWS::Bedrock::Guardrail")
    filters = {
        f["Type"]: (f["InputStrength"], f["OutputStrength"]) for f in guardrail["ContentPolicyConfig"]["FiltersConfig"]
    }
    assert filters == {
        "HATE": ("HIGH", "HIGH"),
        "INSULTS": ("MEDIUM", "MEDIUM"),
        "SEXUAL": ("HIGH", "HIGH"),
        "VIOLENCE": ("HIGH", "HIGH"),
        "MISCONDUCT": ("LOW", "LOW"),
        "PROMPT_ATTACK": ("HIGH", "NONE"),
    }
    assert guardrail["WordPolicyConfig"] == {"WordsConfig": [{"Text": "Project Nightjar"}]}
    assert guardrail["SensitiveInformationPolicyConfig"]["PiiEntitiesConfig"] == [
        {"Type": "AWS_SECRET_KEY", "Action": "BLOCK"},
        {"Type": "EMAIL", "Action": "ANONYMIZE"},
    ]
    (topic,) = guardrail["TopicPolicyConfig"]["TopicsConfig"]
    assert (topic["Name"], topic["Type"]) == ("Investment advice", "DENY")
    assert topic["Examples"] == ["Which shares should I buy?"]


def test_text_stays_in_the_region(guardrails: Json) -> None:
    guardrail = one(guardrails, "AWS::Bedrock::Guardrail")
    assert "CrossRegionConfig" not in guardrail
    assert guardrail["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "CLASSIC"}
    assert guardrail["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "CLASSIC"}


def test_the_guardrail_is_encrypted_with_a_key_of_its_own(guardrails: Json) -> None:
    guardrail = one(guardrails, "AWS::Bedrock::Guardrail")
    (key,) = resources(guardrails, "AWS::KMS::Key")
    assert guardrail["KmsKeyArn"] == {"Fn::GetAtt": [key, "Arn"]}


def test_the_account_has_the_denial_of_every_way_round(guardrails: Json) -> None:
    """The policy that other roles may carry is the document that an organisation attaches, word for word."""
    account = "111122223333"
    policy = one(guardrails, "AWS::IAM::ManagedPolicy")
    assert not set(policy) & {"Roles", "Users", "Groups"}
    text = json.dumps(policy["PolicyDocument"]["Statement"])
    found = json.loads(re.sub(r'\{"Fn::Join": \["", \[(.*?)\]\]\}', lambda match: _joined(match[1], account), text))
    written = bypass(Names("Cloister", account, "us-east-1"))

    def ordered(statement: Json) -> Json:
        action, condition = statement["Action"], statement.get("Condition", {})
        flat = {
            op: {k: v if isinstance(v, str) else "".join(v) for k, v in keys.items()} for op, keys in condition.items()
        }
        return statement | {"Action": sorted(action) if isinstance(action, list) else action, "Condition": flat}

    assert [ordered(s) for s in found] == [ordered(s) for s in written]
    assert "BypassDenialPolicy" in guardrails["Outputs"]


def test_the_denial_is_split_where_one_policy_would_not_hold_it() -> None:
    sso = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO"
    many = [f"{sso}_PlatformAdministrators{n}_0123456789abcdef" for n in range(10)]
    template = synth({"administrators": many})
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    assert len(policies) == 2
    said = [s["Sid"] for policy in policies.values() for s in policy["PolicyDocument"]["Statement"]]
    assert said == [s["Sid"] for s in bypass(Names("Cloister", "111122223333", "us-east-1"))]
    reviewed = Deployment(Reviewed([ReviewedTemplate("Cloister-Guardrails", template)]))
    assert [result.status for result in by_id()["fits-aws-limits"].results(reviewed)] == [Status.PASS]
    carried = template["Outputs"]["BypassDenialPolicy"]["Value"]
    assert [{"Ref": name} for name in policies] == [part for part in carried["Fn::Join"][1] if part != ","]


def _joined(parts: str, account: str) -> str:
    return json.dumps("".join(account if isinstance(p, dict) else p for p in json.loads(f"[{parts}]")))


@pytest.mark.parametrize(
    ("region", "without"),
    [
        ("us-east-1", set()),
        ("us-west-2", set()),
        ("eu-central-1", set()),
        ("us-east-2", {"MISCONDUCT", "PROMPT_ATTACK"}),
        ("us-gov-west-1", {"MISCONDUCT", "PROMPT_ATTACK"}),
    ],
)
def test_each_filter_judges_images_where_the_region_has_it(region: str, without: set[str]) -> None:
    filters = one(synth({"region": region}), "AWS::Bedrock::Guardrail")["ContentPolicyConfig"]["FiltersConfig"]
    for found in filters:
        expected = ["TEXT"] if found["Type"] in without else ["TEXT", "IMAGE"]
        assert found["InputModalities"] == found["OutputModalities"] == expected, found["Type"]


def test_a_guardrail_whose_filters_are_off_judges_no_image() -> None:
    def judges(content: Mapping[str, str]) -> bool:
        strengths = {"guardrail": {**GUARDRAIL, "content": content}, "region": "us-east-2"}
        return GuardrailsStack(App(context=context()), deployment=settings(strengths).deployment).pinned().judges_images

    off = dict.fromkeys(GUARDRAIL["content"], "none")
    assert not judges(off)
    assert not judges(off | {"misconduct": "high"}), "it does not look at images there"
    assert judges(off | {"violence": "low"})
