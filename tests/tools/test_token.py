"""Tokens are minted from the caller's own credentials, say nothing but themselves, and explain what is missing."""

import base64
import datetime
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import botocore.auth
import botocore.session
import pytest
from botocore.credentials import Credentials

from client.credentials import NONE
from tests.clone import copy_settings
from tools.token import MintError, main, mint

ROLE = Credentials("ASIAEXAMPLEEXAMPLE00", "secret/Key", "session+Token/==")
API, REGION = "a1b2c3d4e5", "us-east-1"
NOW = datetime.datetime(2026, 11, 23, 12, 0, 0, tzinfo=datetime.UTC)
OUTPUT = "<member><OutputKey>{}</OutputKey><OutputValue>{}</OutputValue></member>"


def url(token: str) -> str:
    """Return the URL in a token."""
    encoded = token.removeprefix("cloister-")
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


class TestMint:
    """The token itself."""

    def test_it_is_a_presigned_get_caller_identity(self) -> None:
        parts = urlsplit(url(mint(ROLE, REGION, API, 60, NOW)))
        assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (
            "https",
            f"sts.{REGION}.amazonaws.com",
            "/",
            "",
        )
        query = {name: values for name, [values] in parse_qs(parts.query, strict_parsing=True).items()}
        assert len(query.pop("X-Amz-Signature")) == 64
        assert query == {
            "Action": "GetCallerIdentity",
            "Version": "2011-06-15",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{ROLE.access_key}/20261123/{REGION}/sts/aws4_request",
            "X-Amz-Date": "20261123T120000Z",
            "X-Amz-Expires": "60",
            "X-Amz-SignedHeaders": "host;x-cloister-api",
            "X-Amz-Security-Token": ROLE.token,
        }

    def test_it_is_what_botocores_own_client_presigns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
        client = botocore.session.get_session().create_client(
            "sts", REGION, aws_access_key_id=ROLE.access_key, aws_secret_access_key=ROLE.secret_key,
            aws_session_token=ROLE.token, endpoint_url=f"https://sts.{REGION}.amazonaws.com",
        )  # fmt: skip
        request = {
            "url_path": "/", "query_string": {"Action": "GetCallerIdentity", "Version": "2011-06-15"},
            "method": "GET", "headers": {"x-cloister-api": API}, "body": b"", "context": {},
            "url": f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        }  # fmt: skip
        theirs = client._request_signer.generate_presigned_url(
            request, operation_name="GetCallerIdentity", region_name=REGION, expires_in=900
        )
        assert parse_qs(urlsplit(theirs).query) == parse_qs(urlsplit(url(mint(ROLE, REGION, API, now=NOW))).query)

    def test_another_api_is_another_signature(self) -> None:
        assert mint(ROLE, REGION, API, now=NOW) != mint(ROLE, REGION, "zzzzzzzzzz", now=NOW)
        assert mint(ROLE, REGION, API, now=NOW) == mint(ROLE, REGION, API, now=NOW)

    def test_it_fits_into_a_header(self) -> None:
        token = mint(Credentials("ASIAEXAMPLEEXAMPLE00", "secret", "s" * 2000), REGION, API)
        assert len(token) < 8192
        assert token.replace("-", "").replace("_", "").isalnum()

    @pytest.mark.parametrize("expires", [0, -1, 901, 3600])
    def test_a_life_that_aws_sts_would_not_grant(self, expires: int) -> None:
        with pytest.raises(MintError, match=r"a token is valid for 1 to 900 seconds"):
            mint(ROLE, REGION, API, expires)

    @pytest.mark.parametrize(
        ("region", "api"), [("attacker.example/", API), (REGION, "a\r\nx: y"), ("", API), (REGION, "")]
    )
    def test_a_region_or_an_api_that_is_none(self, region: str, api: str) -> None:
        with pytest.raises(MintError, match="must be"):
            mint(ROLE, region, api)

    def test_long_term_keys(self) -> None:
        with pytest.raises(MintError, match="only roles may call"):
            mint(Credentials("AKIAEXAMPLEEXAMPLE00", "secret"), REGION, API)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A role's credentials in the environment, and nothing else of the machine's."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ROLE.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ROLE.secret_key)
    monkeypatch.setenv("AWS_SESSION_TOKEN", ROLE.token)


CloudFormation = Callable[[int, str], list[str]]


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    """A CloudFormation on loopback, which answers as it is told and notes what it was asked."""
    told: list[tuple[int, bytes]] = []
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, body = told[-1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Write no access log."""

    def tell(status: int, body: str) -> list[str]:
        told.append((status, body.encode()))
        return asked

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        yield tell
        server.shutdown()
        thread.join()


def described(*outputs: str) -> str:
    """CloudFormation's answer about a stack with some outputs."""
    return (
        '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>'
        "<Stacks><member><StackName>s</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
        "<CreationTime>2026-11-23T00:00:00Z</CreationTime>"
        f"<Outputs>{''.join(outputs)}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def refused(code: str) -> str:
    """CloudFormation's answer when it gives none."""
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone's settings."""
    return copy_settings(tmp_path)


@pytest.mark.usefixtures("credentials")
class TestCommand:
    """``python -m tools.token``."""

    def test_the_token_alone_is_on_standard_output(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--api-id", API, "--region", "eu-central-1", "--expires", "60"], Path("/none")) == 0
        out, err = capsys.readouterr()
        assert out.count("\n") == 1
        assert url(out.strip()).startswith("https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&")
        assert err.startswith(f"For API {API} in eu-central-1, until ")
        assert "cloister-" not in err

    def test_the_api_is_found_in_the_teams_stack(
        self, root: Path, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
    ) -> None:
        asked = cloudformation(200, described(OUTPUT.format("Access", "token"), OUTPUT.format("ApiId", API)))
        assert main(["--team", "atlas"], root) == 0
        out, err = capsys.readouterr()
        assert f"For API {API} in us-east-1" in err
        assert "StackName=Cloister-Team-atlas" in asked[0]
        assert "host%3Bx-cloister-api" in url(out.strip())

    def test_a_stack_that_is_not_there(
        self, root: Path, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cloudformation(400, refused("ValidationError"))
        assert main(["--team", "atlas"], root) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == (
            "no stack 'Cloister-Team-atlas' in us-east-1: "
            "deploy it (cdk deploy Cloister-Team-atlas), or pass --api-id\n"
        )

    def test_a_stack_that_may_not_be_read(
        self, root: Path, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cloudformation(403, refused("AccessDenied"))
        assert main(["--team", "atlas"], root) == 1
        assert capsys.readouterr().err == (
            "CloudFormation refused to describe 'Cloister-Team-atlas' (AccessDenied): "
            "allow cloudformation:DescribeStacks, or pass --api-id\n"
        )

    def test_a_stack_without_an_api(
        self, root: Path, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cloudformation(200, described())
        assert main(["--team", "atlas"], root) == 1
        assert "has no output ApiId (its status is CREATE_COMPLETE)" in capsys.readouterr().err

    def test_a_team_that_signs_its_requests(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--team", "beacon"], root) == 1
        assert capsys.readouterr() == (
            "",
            "'Cloister-Team-beacon' has 'access: iam': its callers sign requests with AWS Signature Version 4, "
            "and need no token\n",
        )

    def test_a_team_that_was_deployed_to_sign_its_requests(
        self, root: Path, cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]
    ) -> None:
        cloudformation(200, described(OUTPUT.format("Access", "iam"), OUTPUT.format("ApiId", API)))
        assert main(["--team", "atlas"], root) == 1
        assert "has 'access: iam'" in capsys.readouterr().err

    def test_a_team_that_is_none(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--team", "comet"], root) == 1
        assert capsys.readouterr().err == "no team 'comet' in teams/: it is one of atlas, beacon\n"

    def test_settings_that_are_wrong(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (root / "cloister.yaml").write_text("name: Cloister\n")
        assert main(["--team", "atlas"], root) == 1
        assert "cloister.yaml:1: region: missing" in capsys.readouterr().err

    def test_no_credentials(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        assert main(["--api-id", API], root) == 1
        assert capsys.readouterr() == (
            "",
            f"{NONE}\n",
        )

    def test_no_such_profile(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--api-id", API, "--profile", "nobody"], root) == 1
        assert "AWS could not be asked: The config profile (nobody) could not be found" in capsys.readouterr().err

    def test_nobody_answers(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        assert main(["--team", "atlas"], root) == 1
        assert "AWS could not be asked: Could not connect to the endpoint URL" in capsys.readouterr().err

    def test_long_term_keys(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("AWS_SESSION_TOKEN")
        assert main(["--api-id", API], root) == 1
        assert "only roles may call" in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [[], ["--team", "atlas", "--api-id", API], ["--expires", "soon"]])
    def test_wrong_options(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert "usage: python -m tools.token" in capsys.readouterr().err
