"""Old versions of the guardrail: what somebody may still name stays, and in doubt nothing is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.clone import copy_settings
from tools import versions

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
GUARDRAIL, OTHER = "gr1example", "gr2example"
ARN = "arn:aws:bedrock:us-east-1:111122223333:guardrail/"
BEFORE = "2026-11-28T11:00:00.000+0000"


def function(name: str, version: object, at: str = BEFORE, published: str = "$LATEST", **more: Any) -> dict[str, Any]:
    """A function that names a version of the guardrail."""
    document = json.dumps({"name": "atlas", "guardrail_id": GUARDRAIL, "guardrail_version": version})
    known = {"FunctionName": name, "Version": published, "LastModified": at}
    return {**known, "Environment": {"Variables": {"CLOISTER_TEAM": document}}, **more}


class Account:
    """Clients whose answers botocore's own models are held to, in the order of the calls."""

    def __init__(self) -> None:
        made = {"region_name": "us-east-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        self.clients = {name: boto3.client(name, **made) for name in ("bedrock", "cloudformation", "lambda")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def client(self, name: str) -> Any:
        return self.clients[name]

    def stacks(self, **statuses: str) -> None:
        """Have the deployment's stacks, in these states, and somebody else's."""
        found = {"Cloister-Guardrails": "UPDATE_COMPLETE", "Cloister-Team-atlas": "UPDATE_COMPLETE", **statuses}
        stacks = [
            {"StackName": name, "StackStatus": status, "CreationTime": NOW, "Tags": [_tag("Cloister")]}
            for name, status in found.items()
        ]
        stacks.append(
            {"StackName": "Cloister-2", "StackStatus": "UPDATE_IN_PROGRESS", "CreationTime": NOW, "Tags": [_tag("C2")]}
        )
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": stacks}, {})

    def resources(self, version: str = f"{GUARDRAIL}|4") -> None:
        """Have a guardrail, whose stack holds one version, and a team's function."""
        for stack, found in (
            ("Cloister-Guardrails", {"Bedrock::Guardrail": ARN + GUARDRAIL, "Bedrock::GuardrailVersion": version}),
            ("Cloister-Team-atlas", {"Lambda::Function": "Cloister-Team-atlas-Proxy"}),
        ):
            listed = [
                {
                    "LogicalResourceId": kind[-9:],
                    "PhysicalResourceId": id,
                    "ResourceType": f"AWS::{kind}",
                    "LastUpdatedTimestamp": NOW,
                    "ResourceStatus": "CREATE_COMPLETE",
                }
                for kind, id in found.items()
            ]
            answer = {"StackResourceSummaries": listed}
            self.stubs["cloudformation"].add_response("list_stack_resources", answer, {"StackName": stack})

    def functions(self, *found: dict[str, Any]) -> None:
        """Have functions, each with all its versions."""
        self.stubs["lambda"].add_response("list_functions", {"Functions": list(found)}, {"FunctionVersion": "ALL"})

    def versions(self, *numbers: str) -> None:
        """Have versions of the guardrail, and its draft."""
        listed = [
            {"id": GUARDRAIL, "arn": ARN + GUARDRAIL, "status": "READY", "name": "Cloister-baseline", "version": number}
            | {"createdAt": NOW, "updatedAt": NOW}
            for number in ("DRAFT", *numbers)
        ]
        expected = {"guardrailIdentifier": GUARDRAIL}
        self.stubs["bedrock"].add_response("list_guardrails", {"guardrails": listed}, expected)

    def deletes(self, *numbers: int) -> None:
        """Take these deletions, and no other."""
        for number in numbers:
            expected = {"guardrailIdentifier": GUARDRAIL, "guardrailVersion": str(number)}
            self.stubs["bedrock"].add_response("delete_guardrail", {}, expected)

    def has(self, *functions: dict[str, Any], version: str = f"{GUARDRAIL}|4") -> None:
        """Have an account in which five versions are there, and functions name some of them."""
        self.stacks()
        self.resources(version)
        self.functions(*functions)


def _tag(deployment: str) -> dict[str, str]:
    return {"Key": "deployment", "Value": deployment}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account, which every session is of; whatever was expected is asked for."""
    found = Account()
    monkeypatch.setattr(boto3, "Session", lambda **_: found)
    yield found
    for stub in found.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_settings(tmp_path)


def _names_version_two() -> list[dict[str, Any]]:
    """A team that was not deployed since, and a published version of its function that names an older one still."""
    return [
        function("Cloister-Team-atlas-Proxy", "3"),
        function("Cloister-Team-atlas-Proxy", "2", published="7"),
        {"FunctionName": "other", "Version": "$LATEST", "LastModified": BEFORE},
    ]


def test_nothing_is_deleted_until_it_is_said(account: Account, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account.has(*_names_version_two())
    account.versions("1", "2", "3", "4", "10")
    assert versions.main([], root, NOW) == 0
    assert capsys.readouterr().out.splitlines() == [
        "guardrail gr1example: 5 versions of 20",
        "  2 stays: Cloister-Team-atlas-Proxy:7 names it",
        "  3 stays: Cloister-Team-atlas-Proxy names it",
        "  4 stays: its stack names it",
        "  1, 10: nobody names them",
        "Nothing was done. To delete them: make versions APPLY=1",
    ]


def test_what_nobody_names_is_deleted_and_nothing_else(account: Account, root: Path) -> None:
    account.has(*_names_version_two())
    account.versions("1", "2", "3", "4", "10")
    account.deletes(1, 10)
    assert versions.main(["--apply"], root, NOW) == 0


def test_the_twenty_first_fits_again(account: Account, root: Path) -> None:
    account.has(function("Cloister-Team-atlas-Proxy", 20), version=f"{GUARDRAIL}|20")
    account.versions(*map(str, range(1, 21)))
    account.deletes(*range(1, 20))
    assert versions.main(["--apply"], root, NOW) == 0


def test_nothing_to_delete(account: Account, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account.has(function("Cloister-Team-atlas-Proxy", "3"))
    account.versions("3", "4")
    assert versions.main(["--apply"], root, NOW) == 0
    assert capsys.readouterr().out.endswith("There is nothing to delete.\n")


def test_a_deployment_that_is_under_way_is_waited_for(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stacks(**{"Cloister-Team-atlas": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
    assert versions.main(["--apply"], root, NOW) == 1
    assert "'Cloister-Team-atlas' is UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: wait" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            function("Cloister-Team-atlas-Proxy", "4", at="2026-11-28T11:50:00.000+0000"),
            "was updated at 11:50 UTC, and requests that began before may go on with a former version: run this again "
            "after 12:06 UTC",
        ),
        (
            {"FunctionName": "Cloister-Team-atlas-Proxy", "LastModified": BEFORE}
            | {"Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}},
            "the settings of 'Cloister-Team-atlas-Proxy' cannot be read (AccessDeniedException)",
        ),
        (function("Cloister-Team-atlas-Proxy", "DRAFT"), "its version cannot be read there"),
        (
            {"FunctionName": "elsewhere", "LastModified": BEFORE, "Environment": {"Variables": {"G": ARN + GUARDRAIL}}},
            "'elsewhere' names the guardrail gr1example, and its version cannot be read there",
        ),
    ],
)
def test_in_doubt_nothing_is_deleted(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str], found: dict[str, Any], said: str
) -> None:
    account.has(found)
    assert versions.main(["--apply"], root, NOW) == 1
    assert said in capsys.readouterr().err


def test_a_version_that_is_called_otherwise_is_doubt(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stacks()
    account.resources("something-else")
    assert versions.main(["--apply"], root, NOW) == 1
    assert "'something-else'" in capsys.readouterr().err


def test_another_account_or_region_is_said(account: Account, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": []}, {})
    assert versions.main([], root, NOW) == 1
    assert "no stack of 'Cloister' has a guardrail" in capsys.readouterr().err


def test_a_refusal_of_aws_says_that_what_is_deleted_stays_so(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.has(function("Cloister-Team-atlas-Proxy", "4"))
    account.versions("1", "2", "4")
    account.deletes(1)
    account.stubs["bedrock"].add_client_error("delete_guardrail", "AccessDeniedException", "no", http_status_code=403)
    assert versions.main(["--apply"], root, NOW) == 1
    said = capsys.readouterr()
    assert said.out.endswith("deleted version 1 of gr1example\n") and "run it again" in said.err
