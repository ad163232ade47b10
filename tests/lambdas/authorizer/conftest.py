"""A team's API with its authorizer, and AWS STS on loopback behind the real client code."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials

from lambdas.authorizer import handler, sts
from tests.lambdas.authorizer.security_token_service import SecurityTokenService, leading_to
from tools.token import mint

ACCOUNT, REGION, API = "123456789012", "us-east-1", "a1b2c3d4e5"
DEVELOPER = Credentials("ASIADEVELOPER0000000", "developer/secret", "Developer/session+token==")
STRANGER = Credentials("ASIASTRANGER00000000", "stranger/secret", "Stranger/session+token==")
PRINCIPAL = f"arn:aws:sts::{ACCOUNT}:assumed-role/atlas-developer/ann"


def encode(url: str) -> str:
    """Make a token of any URL."""
    return "cloister-" + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()


def decode(token: str) -> str:
    """Return the URL in a token."""
    encoded = token.removeprefix("cloister-")
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


@dataclass
class Api:
    """What stands between a caller and the team's API.

    Parameters
    ----------
    service
        AWS STS.
    called
        Every address that the authorizer connected to.
    """

    service: SecurityTokenService
    called: list[tuple[str, int]]
    capture: pytest.CaptureFixture[str]
    logged: list[dict[str, Any]] = field(default_factory=list)

    def token(self, credentials: Credentials = DEVELOPER, **options: Any) -> str:
        """Mint a token as a caller does."""
        return mint(credentials, **{"region": REGION, "api_id": API, **options})

    def event(self, authorization: str, **changes: Any) -> dict[str, Any]:
        """Make the event of API Gateway for a request."""
        return {
            "type": "REQUEST",
            "methodArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/v1/POST/chat/completions",
            "headers": {"Authorization": authorization, "Host": f"{API}.execute-api.{REGION}.amazonaws.com"},
            "multiValueHeaders": {"Authorization": [authorization]},
            "requestContext": {"apiId": API, "stage": "v1", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"},
            **changes,
        }

    def ask(self, event: dict[str, Any], function: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:a") -> Any:
        """Have the authorizer decide on an event, and keep what it logs."""
        try:
            return handler(event, SimpleNamespace(invoked_function_arn=function))
        finally:
            written = self.capture.readouterr()
            assert written.err == ""
            self.logged += [json.loads(line) for line in written.out.splitlines()]
            for secret in (DEVELOPER.token, STRANGER.token, "X-Amz", "https:", "cloister-a"):
                assert secret not in written.out

    def call(self, token: str, **changes: Any) -> Any:
        """Call the API with a token."""
        return self.ask(self.event(f"Bearer {token}", **changes))

    def refuses(self, token: str, reason: str, **changes: Any) -> None:
        """Assert that a token is answered 401, for a reason, and that the text of the error tells nothing."""
        with pytest.raises(Exception, match=r"^Unauthorized$") as caught:
            self.call(token, **changes)
        assert type(caught.value) is Exception
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        assert (self.logged[-1]["decision"], self.logged[-1]["reason"]) == ("unauthorized", reason)
        assert self.logged[-1]["principal"] is None


@pytest.fixture(scope="session")
def shared_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecurityTokenService]:
    """One server for all tests."""
    service = SecurityTokenService(tmp_path_factory.mktemp("sts"))
    yield service
    service.close()


@pytest.fixture
def service(shared_service: SecurityTokenService) -> SecurityTokenService:
    """AWS STS, which knows a developer of the team and a stranger in the same account."""
    shared_service.known.clear()
    shared_service.requests.clear()
    shared_service.answer = shared_service.verify
    shared_service.knows(DEVELOPER, PRINCIPAL)
    shared_service.knows(STRANGER, f"arn:aws:sts::{ACCOUNT}:assumed-role/stranger/eve")
    return shared_service


@pytest.fixture
def api(service: SecurityTokenService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Api:
    """The API of team atlas."""
    called: list[tuple[str, int]] = []
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("CLOISTER_TEAM", "atlas")
    monkeypatch.setenv("CLOISTER_CALLERS", f"arn:aws:iam::{ACCOUNT}:role/atlas-developer")
    monkeypatch.setattr(socket, "create_connection", leading_to(service, socket.create_connection, called))
    monkeypatch.setattr(sts, "_TLS", ssl.create_default_context(cafile=str(service.authority)))
    return Api(service, called, capsys)
