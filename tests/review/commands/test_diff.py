"""`python -m review diff`: each widening and each narrowing, with a request that both sides decide otherwise."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import main
from review.assembly import Assembly, Template
from review.difference import Difference
from tests.review.proof.conftest import Templates, allow, deny, document, get_att, good, resource, sub

Json = Any
MANTLE = "bedrock-mantle:CreateInference"
Change = Callable[[Templates], object]


def rights(templates: Templates) -> list[Json]:
    """Return the statements of a team's role."""
    found: list[Json] = templates["Atlas"]["Resources"]["Rights"]["Properties"]["PolicyDocument"]["Statement"]
    return found


def statements(templates: Templates, stack: str, id: str, name: str = "PolicyDocument") -> list[Json]:
    """Return the statements of a policy."""
    found: list[Json] = templates[stack]["Resources"][id]["Properties"][name]["Statement"]
    return found


def boundary(templates: Templates, *allowed: Json) -> None:
    """Change a boundary."""
    templates["Atlas"]["Resources"]["Boundary"]["Properties"]["PolicyDocument"] = document(*allowed)


def compared(change: Change) -> Difference:
    """Compare the good templates with changed ones."""
    changed = copy.deepcopy(good())
    change(changed)
    sides = [
        Assembly([Template(name, body, region="eu-west-1") for name, body in templates.items()])
        for templates in (good(), changed)
    ]
    return Difference.of(*sides)


STRANGER = {"AWS": "arn:aws:iam::444455556666:root"}
#: What is changed, and how the wider requests begin in words; what is narrower is the same, the other way round.
WIDER: dict[str, tuple[Change, list[str]]] = {
    "an action": (
        lambda t: rights(t).append(allow("sqs:SendMessage")),
        ["Atlas/Role: sqs:SendMessage on "],
    ),
    "a resource": (
        lambda t: rights(t)[2].update(Resource="*"),
        ["Atlas/Role: logs:CreateLogStream (and 1 more actions like it) on arn:aws:logs:"],
    ),
    "a model": (
        lambda t: rights(t)[0]["Condition"]["StringEquals"]["bedrock-mantle:Model"].append("gemma-c"),
        [f"Atlas/Role: {MANTLE} on arn:aws:bedrock-mantle:eu-west-1:100000000001:project/<Atlas.Project> with "],
    ),
    "a condition that is gone": (lambda t: rights(t)[0].pop("Condition"), [f"Atlas/Role: {MANTLE} on "]),
    "a denial that is gone": (lambda t: rights(t).pop(3), [f"Atlas/Role: {MANTLE} on "]),
    "a denial that is narrower": (
        lambda t: rights(t)[3].update(Resource="arn:aws:bedrock-mantle:eu-west-1:1:project/other"),
        [f"Atlas/Role: {MANTLE} on "],
    ),
    "a new role": (
        lambda t: t["Atlas"]["Resources"].update(
            New=resource("IAM::Role", Policies=[{"PolicyName": "p", "PolicyDocument": document(allow("s3:GetObject"))}])
        ),
        ["Atlas/New: s3:GetObject on arn:aws:s3:"],
    ),
    "a trust": (
        lambda t: statements(t, "Atlas", "Role", "AssumeRolePolicyDocument").append(
            {"Effect": "Allow", "Principal": STRANGER, "Action": "sts:AssumeRole"}
        ),
        ["Atlas/Role (trust): arn:aws:iam::444455556666:role/x: sts:AssumeRole on "],
    ),
    "an endpoint": (
        lambda t: statements(t, "Network", "Mantle")[0].pop("Condition"),
        [
            f"Network/Mantle: anybody without credentials: {MANTLE} on ",
            f"Network/Mantle: arn:aws:iam::100000000999:role/x: {MANTLE} on ",
        ],
    ),
    "an endpoint's policy that is gone": (
        lambda t: t["Network"]["Resources"]["Door"]["Properties"].pop("PolicyDocument"),
        [
            "Network/Door: anybody without credentials: execute-api:",
            "Network/Door: arn:aws:iam::100000000001:role/x: execute-api:",
            "Network/Door: arn:aws:iam::100000000999:role/x: execute-api:",
        ],
    ),
    "a key": (
        lambda t: statements(t, "Network", "Key", "KeyPolicy").append(
            allow("kms:Decrypt", Principal={"Service": "logs.amazonaws.com"})
        ),
        ["Network/Key: logs.amazonaws.com: kms:Decrypt on arn:aws:kms:"],
    ),
}


@pytest.mark.parametrize("name", WIDER)
def test_what_is_wider_and_what_is_narrower_the_other_way_round(name: str) -> None:
    change, expected = WIDER[name]
    forth = compared(change)
    words = sorted(found.words for found in forth.wider())
    assert {next((start for start in expected if found.startswith(start)), found) for found in words} == set(expected)
    assert forth.narrower() == []
    back = Difference(forth.new, forth.old)
    assert [found.words for found in back.narrower()] == [found.words for found in forth.wider()]
    assert back.wider() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda t: rights(t).reverse(),
        lambda t: rights(t).append(allow("logs:PutLogEvents", get_att("Records"))),
        lambda t: rights(t)[2].update(Action=["logs:PutLogEvent?", "logs:CreateLogStream"]),
        lambda t: boundary(t, allow(["bedrock*:*", "logs:*", "*"])),
        lambda t: rights(t).append(deny("sqs:*")),
        lambda t: t["Atlas"]["Resources"]["Rights"]["Properties"].update(PolicyName="another"),
    ],
)
def test_what_is_only_written_otherwise(change: Change) -> None:
    difference = compared(change)
    assert difference.wider() == difference.narrower() == []


def test_a_boundary_limits_both_ways() -> None:
    difference = compared(lambda t: boundary(t, allow("logs:*")))
    assert difference.wider() == []
    assert {action for found in difference.narrower() for action in found.actions} == {MANTLE, "bedrock:ApplyGuardrail"}


def test_one_project_for_another_is_wider_and_narrower() -> None:
    other = sub("arn:aws:bedrock-mantle:${AWS::Region}:${AWS::AccountId}:project/other")
    difference = compared(lambda t: rights(t)[0].update(Resource=other))
    assert [found.found.resource[-13:] for found in difference.wider()] == ["project/other"]
    assert [found.found.resource[-9:] for found in difference.narrower()] == [".Project>"]


# ---- the command ----


def folders(tmp_path: Path, change: Change) -> list[str]:
    changed = copy.deepcopy(good())
    change(changed)
    for side, templates in (("old", good()), ("new", changed)):
        (tmp_path / side).mkdir()
        for name, body in templates.items():
            (tmp_path / side / f"{name}.json").write_text(json.dumps(body))
    return ["diff", str(tmp_path / "old"), str(tmp_path / "new")]


def test_nothing_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(folders(tmp_path, lambda t: None)) == 0
    assert capsys.readouterr().out.startswith("**This change grants nothing new**")


def test_a_widening_ends_with_1_and_says_which_claims_fall(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(templates: Templates) -> None:
        rights(templates).append(allow("bedrock:InvokeModel"))
        templates["Network"]["Resources"]["Way"] = resource("EC2::InternetGateway")
        templates["Network"]["Resources"].pop("Out")

    assert main(folders(tmp_path, change)) == 1
    out = capsys.readouterr().out
    assert "- `Atlas/Role: bedrock:InvokeModel on " in out
    assert "- `Network/Way, AWS::EC2::InternetGateway, was added`" in out
    assert "- `Network/Out, AWS::EC2::NetworkAclEntry, was removed`" in out
    assert "- `model-calls` was pass, is fail" in out
    assert "- `network-closed` was pass, is fail" in out


def test_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*folders(tmp_path, lambda t: rights(t).append(allow("sqs:Send*"))), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["wider"][0]["actions"] == ["sqs:SendMessage"]
    assert found["narrower"] == []


def test_what_cannot_be_read_counts_as_wider(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(folders(tmp_path, lambda t: rights(t).append(allow({"Fn::If": ["A", "b", "c"]})))) == 1
    assert "undecided, which counts as wider" in capsys.readouterr().err
    assert main(["diff", str(tmp_path / "none"), str(tmp_path / "new")]) == 2
