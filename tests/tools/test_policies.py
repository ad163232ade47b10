"""The policies are written with the deployment's own names, or it is said what is missing."""

import json
from pathlib import Path

import pytest

from stacks.policies.documents import LIMITS
from tests.clone import ROOT, copy_settings
from tools.policies import main

ACCOUNT = "111122223333"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone with settings."""
    (tmp_path / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    return copy_settings(tmp_path)


def written(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (root / "build" / "policies").iterdir()}


def change(root: Path, old: str, new: str) -> None:
    file = root / "cloister.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


def test_every_document_is_written_and_its_size_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--account", ACCOUNT], root) == 0
    found = written(root)
    assert set(found) == set(LIMITS)
    out = capsys.readouterr().out
    for name, text in found.items():
        assert f"build/policies/{name}" in out
        assert f"{len(text):,} of 5,120 characters" in out
    assert f"arn:aws:iam::{ACCOUNT}:policy/cloister/Cloister/permissions-boundary" in out


def test_the_settings_name_the_deployment(root: Path) -> None:
    change(root, "name: Cloister", f'name: Prompts\naccount: "{ACCOUNT}"\nadministrators: [platform]')
    assert main([], root) == 0
    text = written(root)["scp.json"]
    assert f"arn:aws:iam::{ACCOUNT}:role/cloister/Prompts/proxy/*" in text
    assert f"arn:aws:iam::{ACCOUNT}:role/platform" in text
    assert f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1" in text
    assert "Cloister" not in text


def test_the_bootstrap_qualifier_is_the_cdks_own(root: Path) -> None:
    (root / "cdk.json").write_text(json.dumps({"context": {"@aws-cdk/core:bootstrapQualifier": "private1"}}))
    assert main(["--account", ACCOUNT], root) == 0
    text = written(root)["scp.json"]
    assert "role/cdk-private1-cfn-exec-role-" in text
    assert "hnb659fds" not in text


def test_the_condition_on_endpoints(root: Path) -> None:
    def conditions(*arguments: str) -> list[object]:
        assert main(["--account", ACCOUNT, *arguments], root) == 0
        statements = json.loads(written(root)["scp.json"])["Statement"]
        return [s["Condition"] for s in statements if s["Sid"].startswith("Unproven")]

    assert conditions() == [{"Null": {"aws:SourceVpce": "true"}}]
    assert conditions("--endpoint", "vpce-0123456789abcdef0") == [
        {"StringNotEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}}
    ]
    assert conditions("--without-endpoint-condition") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "none is known: set 'account' in cloister.yaml, or run `make policies ACCOUNT=123456789012`"),
        (["--account", "12"], "needs the 12 digits of an AWS account"),
        (["--account", ACCOUNT, "--endpoint", "eni-1"], "needs the id of a VPC endpoint, such as vpce-"),
    ],
)
def test_what_is_missing_or_wrong(
    arguments: list[str], message: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, root) == 1
    assert message in capsys.readouterr().err
    assert not (root / "build").exists()


def test_two_accounts_that_differ(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "name: Cloister", 'name: Cloister\naccount: "444455556666"')
    assert main(["--account", ACCOUNT], root) == 1
    assert "cloister.yaml pins the deployment to 444455556666" in capsys.readouterr().err


def test_too_many_administrators(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        root, "name: Cloister", f"name: Cloister\nadministrators: [{', '.join('a' * 60 + str(n) for n in range(10))}]"
    )
    assert main(["--account", ACCOUNT], root) == 1
    assert "name fewer administrators than 10" in capsys.readouterr().err
    assert not (root / "build").exists()


def test_settings_that_are_wrong(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "cloister.yaml").write_text("name: Cloister\n")
    assert main(["--account", ACCOUNT], root) == 1
    assert "cloister.yaml:1: region: missing" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "build").write_text("")
    assert main(["--account", ACCOUNT], root) == 1
    said = capsys.readouterr()
    assert said.out == "" and "build is a file, and no folder" in said.err
