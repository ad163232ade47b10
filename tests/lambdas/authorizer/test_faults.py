"""When AWS STS gives no usable answer, nobody is let in, and nobody is told that the token was wrong."""

import http.server
import socket
import ssl
import time

import pytest

from lambdas.authorizer import sts
from lambdas.authorizer.refusal import UndecidedError
from tests.lambdas.authorizer.conftest import Api
from tests.lambdas.authorizer.security_token_service import Answer, reply


def fails(api: Api, reason: str) -> None:
    """Assert that a valid token ends in an error that API Gateway makes a 500, with nothing of the token in it."""
    with pytest.raises(UndecidedError) as caught:
        api.call(api.token())
    assert str(caught.value) == reason
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert (api.logged[-1]["decision"], api.logged[-1]["reason"]) == ("error", reason)


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> Answer:
    return lambda request: reply(request, status, body, headers)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, {}, "sts_status_500"),
        (503, b"", "sts_status_503"),
        (429, {}, "sts_status_429"),
        (400, {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "sts_status_400"),
        (404, {}, "sts_status_404"),
        (201, {}, "sts_status_201"),
        (204, b"", "sts_status_204"),
        (200, b"", "sts_answer_unreadable"),
        (200, b"<GetCallerIdentityResponse/>", "sts_answer_unreadable"),
        (200, b"\xff\xfe", "sts_answer_unreadable"),
        (200, b"[" * 16000, "sts_answer_unreadable"),
        (200, [], "sts_answer_unreadable"),
        (200, {"GetCallerIdentityResponse": None}, "sts_answer_unreadable"),
        (
            200,
            {"GetCallerIdentityResponse": {"GetCallerIdentityResult": {"Arn": 1, "Account": 2}}},
            "sts_answer_unreadable",
        ),
        (200, b" " * 20_000, "sts_answer_too_large"),
    ],
)
def test_an_answer_that_decides_nothing(api: Api, status: int, body: object, reason: str) -> None:
    api.service.answer = answering(status, body)
    fails(api, reason)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(api: Api, status: int) -> None:
    api.service.answer = answering(status, {}, {"Location": "https://attacker.example/"})
    fails(api, f"sts_status_{status}")
    assert len(api.called) == 1


def test_a_redirect_that_carries_an_identity(api: Api) -> None:
    result = {"Arn": "arn:aws:sts::123456789012:assumed-role/atlas-developer/ann", "Account": "123456789012"}
    body = {"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}}
    api.service.answer = answering(302, body, {"Location": "/"})
    fails(api, "sts_status_302")


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden"])
def test_an_answer_that_is_cut(api: Api, status: str) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 400\r\n\r\n{{}}".encode())

    api.service.answer = answer
    fails(api, "sts_answer_cut")


def test_no_http(api: Api) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"\0" * 100 + b"\r\n\r\n")

    api.service.answer = answer
    fails(api, "sts_unreachable")


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: "])
def test_an_answer_that_drips(api: Api, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        while True:  # until it is hung up
            request.wfile.write(b" ")
            time.sleep(0.05)

    api.service.answer = answer
    monkeypatch.setattr(sts.caller_arn, "__defaults__", (3.0,))
    fails(api, "sts_too_slow")


def test_silence(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.service.answer = lambda request: time.sleep(1)
    monkeypatch.setattr(sts.caller_arn, "__defaults__", (0.3,))
    with pytest.raises(UndecidedError, match=r"^sts_(unreachable|too_slow)$"):  # the socket's timeout, or ours
        api.call(api.token())


def test_no_way_to_it(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> socket.socket:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", refuse)
    fails(api, "sts_unreachable")


def test_a_certificate_of_an_unknown_authority(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sts, "_TLS", ssl.create_default_context())
    fails(api, "sts_certificate")
    assert api.service.requests == []


def test_a_certificate_for_another_name(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.create_connection
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, *rest, **options: connect(("sts.us-east-1.amazonaws.com", 443), *rest),
    )
    with pytest.raises(UndecidedError, match=r"^sts_certificate$"):
        api.call(api.token(region="us-east-2"))


def test_certificates_are_verified_outside_of_tests() -> None:
    assert sts._TLS.verify_mode == ssl.CERT_REQUIRED
    assert sts._TLS.check_hostname
    assert sts._TLS.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("name", ["AWS_REGION", "CLOISTER_CALLERS"])
def test_a_function_that_was_deployed_wrong_lets_nobody_in(
    api: Api, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(KeyError):
        api.call(api.token())


def test_a_function_without_an_account_lets_nobody_in(api: Api) -> None:
    with pytest.raises(ValueError, match="not the ARN of a function"):
        api.ask(api.event(f"Bearer {api.token()}"), "arn:aws:lambda:us-east-1::function:a")


def test_a_fault_of_this_code_quotes_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError(f"choked on {api.token()}")

    monkeypatch.setattr("lambdas.authorizer.caller_arn", fault)
    fails(api, "internal")
