"""A team that has left is closed in order: callers first, then its Project, then its stack; its records stay."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.stub import Stubber

from tests.clone import copy_settings
from tools import retire

STACK = "Cloister-Team-comet"
OUTPUTS = {
    "ProxyFunction": f"{STACK}-Proxy",
    "AuthorizerFunction": f"{STACK}-Authorizer",
    "ProxyLogGroup": f"{STACK}-Records",
    "ProjectId": "proj_1",
}


class Account:
    """Clients that answer as botocore's own models allow, and say in which order they were called."""

    def __init__(self) -> None:
        self.clients = {
            name: boto3.client(name, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            for name in ("cloudformation", "lambda")
        }
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.called: list[str] = []
        for stub in self.stubs.values():
            stub.activate()
        for client in self.clients.values():
            client.meta.events.register("before-parameter-build.*.*", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        self.called.append(model.name)

    def client(self, name: str) -> Any:
        return self.clients[name]

    def get_credentials(self) -> Any:
        return boto3.Session(aws_access_key_id="a", aws_secret_access_key="b").get_credentials()

    def has(self, status: str = "CREATE_COMPLETE", project: bool = True, deployment: str = "Cloister") -> None:
        """Have the team's stack."""
        stack = {
            "StackName": STACK,
            "StackStatus": status,
            "CreationTime": "2026-11-28T00:00:00Z",
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()],
            "Tags": [{"Key": "deployment", "Value": deployment}],
        }
        kinds = ["AWS::Lambda::Function", *(["AWS::BedrockMantle::Project"] if project else [])]
        resources = [
            {"LogicalResourceId": kind[5:12], "ResourceType": kind, "Timestamp": "2026-11-28T00:00:00Z",
             "ResourceStatus": "CREATE_COMPLETE"}
            for kind in kinds
        ]  # fmt: skip
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": STACK})
        self.stubs["cloudformation"].add_response("describe_stack_resources", {"StackResources": resources})

    def closes(self) -> None:
        """Take the calls that close the team."""
        for name in ("ProxyFunction", "AuthorizerFunction"):
            expected = {"FunctionName": OUTPUTS[name], "ReservedConcurrentExecutions": 0}
            self.stubs["lambda"].add_response("put_function_concurrency", {}, expected)
        self.stubs["cloudformation"].add_response("delete_stack", {}, {"StackName": STACK})
        gone = {"StackName": STACK, "StackStatus": "DELETE_COMPLETE", "CreationTime": "2026-11-28T00:00:00Z"}
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [gone]}, {"StackName": STACK})


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account, which every session is of."""
    found = Account()
    monkeypatch.setattr(boto3, "Session", lambda **_: found)
    yield found
    for stub in found.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Settings without the team's file."""
    return copy_settings(tmp_path)


def nothing(request: AWSPreparedRequest) -> tuple[int, bytes]:
    raise AssertionError(f"{request.url} was called")


def test_nothing_is_done_until_it_is_said(account: Account, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account.has()
    assert retire.main(["--team", "comet"], root, nothing) == 0
    out = capsys.readouterr().out
    assert out.startswith("1. lock the callers out at once: no concurrency for Cloister-Team-comet-Proxy and ")
    assert out.endswith("Nothing was done. To do it: make retire TEAM=comet YES=1\n")
    assert account.called == ["DescribeStacks", "DescribeStackResources"]


def test_callers_are_locked_out_before_anything_else(account: Account, root: Path) -> None:
    account.has()
    account.closes()
    assert retire.main(["--team", "comet", "--yes"], root, nothing) == 0
    assert account.called[2:] == [
        "PutFunctionConcurrency",
        "PutFunctionConcurrency",
        "DeleteStack",
        "DescribeStacks",
    ]


def test_a_project_that_the_stack_did_not_make_is_archived(
    account: Account, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.has(project=False)
    account.closes()
    sent: list[str] = []

    def send(request: AWSPreparedRequest) -> tuple[int, bytes]:
        assert account.called[-1] == "PutFunctionConcurrency", "the callers are out by then, and the stack is there"
        sent.append(f"{request.method} {request.url}")
        return 200, b'{"id": "proj_1", "status": "archived"}'

    monkeypatch.setattr(Account, "get_credentials", lambda self: _Frozen())
    assert retire.main(["--team", "comet", "--yes"], root, send) == 0
    url = "https://bedrock-mantle.us-east-1.api.aws/v1/organization/projects/proj_1/archive"
    assert sent == [f"POST {url}"]


class _Frozen:
    """Credentials of a session, as botocore freezes them."""

    access_key, secret_key, token = "a", "b", None

    def get_frozen_credentials(self) -> "_Frozen":
        return self


def test_a_team_that_has_a_file_is_not_closed(account: Account, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert retire.main(["--team", "atlas", "--yes"], root, nothing) == 1
    assert "take the file away first" in capsys.readouterr().err
    assert account.called == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deployment": "Other"}, "is of the deployment 'Other', not of 'Cloister'"),
        ({"status": "UPDATE_IN_PROGRESS"}, "is UPDATE_IN_PROGRESS: wait for it"),
    ],
)
def test_another_stack_is_left_alone(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], said: str
) -> None:
    stub = account.stubs["cloudformation"]
    account.has(**changes)  # type: ignore[arg-type]
    stub._queue.pop()  # the resources are not asked for
    assert retire.main(["--team", "comet", "--yes"], root, nothing) == 1
    assert said in capsys.readouterr().err


def test_a_team_that_is_closed_already_is_said(
    account: Account, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.stubs["cloudformation"].add_client_error("describe_stacks", "ValidationError", "does not exist")
    assert retire.main(["--team", "comet", "--yes"], root, nothing) == 1
    assert "no stack 'Cloister-Team-comet'" in capsys.readouterr().err
