"""A Project is made once, by a signed request, and its id is printed as the team's file needs it."""

import json
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.clone import copy_settings
from tools.project import main


class Service:
    """Keeps what it is sent, and answers with one thing."""

    def __init__(self, status: int = 200, content: bytes = b'{"id": "proj_0a1b2c", "status": "active"}') -> None:
        self.status, self.content = status, content
        self.requests: list[AWSPreparedRequest] = []

    def send(self, request: AWSPreparedRequest) -> tuple[int, bytes]:
        self.requests.append(request)
        return self.status, self.content


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings of a Region where CloudFormation makes no Project, and credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    folder = copy_settings(tmp_path)
    file = folder / "cloister.yaml"
    file.write_text(file.read_text().replace("region: us-east-1", "region: eu-central-1"))
    return folder


def test_a_project_is_made_and_its_line_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()
    assert main(["--team", "atlas"], root, service.send) == 0
    [request] = service.requests
    assert request.method == "POST"
    assert request.url == "https://bedrock-mantle.eu-central-1.api.aws/v1/organization/projects"
    assert "/eu-central-1/bedrock-mantle/aws4_request" in request.headers["Authorization"]
    assert json.loads(request.body) == {
        "name": "Cloister-atlas",
        "tags": {"deployment": "Cloister", "owner": "Atlas research", "team": "atlas"},
    }
    out, err = capsys.readouterr()
    assert out == "project: proj_0a1b2c\n"
    assert err == "made in eu-central-1: add this line to teams/atlas.yaml\n"
    with (root / "teams" / "atlas.yaml").open("a") as file:
        file.write(out)
    assert main(["--team", "atlas"], root, service.send) == 1
    assert capsys.readouterr().err == "teams/atlas.yaml names proj_0a1b2c already: nothing was made\n"
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (Service(403, b'{"error": {"message": "not authorized"}}'), "answered 403 to POST"),
        (Service(403, b'{"error": {"message": "not authorized"}}'), "not authorized"),
        (Service(500, b"<html>"), "without a reason"),
        (Service(200, b"[]"), "not with a JSON object"),
        (Service(200, b"{}"), "did not say its id"),
    ],
)
def test_what_is_no_project_is_said_and_printed_nowhere(
    root: Path, capsys: pytest.CaptureFixture[str], service: Service, said: str
) -> None:
    assert main(["--team", "atlas"], root, service.send) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_a_team_without_a_file_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--team", "nobody"], root, Service().send) == 1
    assert "teams/nobody.yaml: no such file" in capsys.readouterr().err
