"""What a web page in the developer's browser, and another user of the machine, get of the running kit: nothing.

Guarantees: every listener that a process of the kit holds, whatever it is for, refuses what a page sends and whoever
has no secret of this run, and never answers with CORS; a right signature does not help a page; no function runs in the
embedded AWS, whoever asks; a Runtime API answers its own environment's process and nobody else; no secret lies where
another user reads it.
"""

from __future__ import annotations

import base64
import io
import ssl
import zipfile
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import product
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from local import ports, processes, root, strangers
from tests.contents import contents
from tests.e2e.kit import REGION, Kit

_PAGE = {"Origin": "https://evil.example", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
_CALLERS: dict[str, dict[str, str]] = {
    "a page": _PAGE,
    "a page that was opened from a file": {"Origin": "null"},
    "a picture in a page": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"},
    "a page of another listener of this machine": {"Sec-Fetch-Site": "same-site"},
    "a page whose name was pointed here": {"Host": "evil.example"},
    "another user": {},
    "another user with a key that many emulators take": {
        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host, Signature=0000"
    },
    "another user who guesses": {"Authorization": "Bearer 0000"},
}
# What each listener does for those whom it knows, and what servers of this kind often have.
_ASKED = [
    ("GET", "/"),
    ("POST", "/_control"),
    ("POST", "/2015-03-31/functions"),
    ("GET", "/2018-06-01/runtime/invocation/next"),
    ("GET", "/_requests"),
    ("GET", "/_stored"),
    ("GET", "/_ministack/health"),
    ("POST", "/_ministack/reset"),
    ("GET", "/_localstack/health"),
    ("POST", "/2018-06-01/runtime/init/error"),
    ("POST", "/openai/v1/chat/completions"),
    ("GET", "/v1/models"),
]


def _answer(port: int, method: str, path: str, headers: dict[str, str], *, tls: bool) -> tuple[int, dict[str, str]]:
    """Give status and headers; 0 where the connection is closed without a word."""
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: HTTPConnection = HTTPSConnection("127.0.0.1", port, timeout=30, context=context)
    else:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, b"{}" if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return 0, {}
    finally:
        connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.fixture(scope="module")
def listening(kit: Kit) -> dict[int, bool]:
    """Everything that the kit's processes listen on, an environment's Runtime API included: the port; whether TLS."""
    kit.openai("atlas").models.list()
    found = ports.listeners(process.pid for process in processes.every(kit.state))
    known = set(kit.ports.values())
    assert known <= {item.port for item in found}
    assert {item.port for item in found} - known, "an environment is up, and has a Runtime API"
    return {port: not _answer(port, "GET", "/", {}, tls=False)[0] for port in {item.port for item in found}}


@pytest.mark.parametrize("who", _CALLERS)
def test_every_listener_refuses(kit: Kit, listening: dict[int, bool], who: str) -> None:
    asked = _ASKED if who in ("a page", "another user") else _ASKED[:4]
    before = kit.requests("mantle")
    for (port, tls), (method, path) in product(listening.items(), [*asked, ("OPTIONS", "/")]):
        headers = dict(_CALLERS[who])
        if method == "OPTIONS":
            headers |= {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-amz-target"}
        status, told = _answer(port, method, path, headers, tls=tls)
        assert 400 <= status < 500, f"{port} {method} {path}: {status}"
        assert not [name for name in told if name.startswith("access-control-")], f"{port} {method} {path}"
    assert kit.requests("mantle") == before


def test_a_right_signature_does_not_help_a_page(kit: Kit) -> None:
    port = kit.ports["aws"]
    key = root.key(kit.state)
    for path, service in (("/2015-03-31/functions/", "lambda"), ("/", "s3")):
        signed = root.sign(key, service, REGION, "GET", f"http://127.0.0.1:{port}{path}")
        assert _answer(port, "GET", path, signed, tls=False)[0] == 200
        assert _answer(port, "GET", path, {**signed, **_PAGE}, tls=False)[0] == 403
        rebound = root.sign(key, service, REGION, "GET", f"http://evil.example:{port}{path}")
        status, _ = _answer(port, "GET", path, {**rebound, "Host": f"evil.example:{port}"}, tls=False)
        assert status == 403
    told = root.control(kit.state)
    for port in (kit.ports["control"], kit.ports["door"]):
        path = "/_requests" if port == kit.ports["control"] else "/"
        assert _answer(port, "GET", path, dict(told), tls=False)[0] == 200
        assert _answer(port, "GET", path, {**told, **_PAGE}, tls=False)[0] == 403


def test_the_root_key_runs_no_function_in_the_embedded_aws(kit: Kit, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("m.py", f"def handler(event, context):\n    open({str(marker)!r}, 'w').close()\n")
    functions = kit.aws("lambda")
    functions.create_function(
        FunctionName="stranger",
        Runtime="python3.13",
        Handler="m.handler",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": packed.getvalue()},
    )
    try:
        with pytest.raises(ClientError, match="functions are run by the front door"):
            functions.invoke(FunctionName="stranger")
        with pytest.raises(ClientError, match="functions are run by the front door"):
            functions.invoke(FunctionName="000000000000:function:stranger", InvocationType="Event")
        # A way round the front: another service of the emulator invokes it.
        topics = kit.aws("sns")
        topic = topics.create_topic(Name="stranger")["TopicArn"]
        arn = functions.get_function_configuration(FunctionName="stranger")["FunctionArn"]
        topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
        topics.publish(TopicArn=topic, Message="run")
        topics.delete_topic(TopicArn=topic)
    finally:
        functions.delete_function(FunctionName="stranger")
    assert not marker.exists()


def test_a_runtime_api_answers_its_own_process_alone(kit: Kit, listening: dict[int, bool]) -> None:
    """This very test is of the same user, and knows the port: it is not the environment, and gets no prompt."""
    known = set(kit.ports.values())
    for port in set(listening) - known:
        assert _answer(port, "GET", "/2018-06-01/runtime/invocation/next", {}, tls=False)[0] == 403
    assert kit.openai("atlas").models.list().data, "the environments serve as before"


def test_what_is_kept_is_for_its_owner(kit: Kit) -> None:
    directory = kit.state.directory
    assert directory.stat().st_mode & 0o077 == 0
    secrets = [root.key(kit.state).secret_key, root.control(kit.state)["Authorization"].partition(" ")[2]]
    secrets += [kit.key(team).secret_key for team in ("atlas", "beacon")]
    holding = [path for path, data in contents(directory) if _holds(data, secrets)]
    assert {"root.json", "credentials"} <= {path.name for path in holding}
    private = [*holding, *directory.glob("*.key"), kit.state.environment, *kit.state.logs.rglob("*.log")]
    assert [path for path in private if path.stat().st_mode & 0o077] == []


def test_no_secret_is_on_a_command_line(kit: Kit) -> None:
    secrets = [root.key(kit.state).secret_key, root.control(kit.state)["Authorization"].partition(" ")[2]]
    for listener in ports.family(process.pid for process in processes.every(kit.state)):
        # An environment that served may end between the list and the look.
        with suppress(psutil.NoSuchProcess):
            line = " ".join(listener.cmdline())
            assert not [secret for secret in secrets if secret in line]


def test_the_answer_to_a_stranger_is_in_the_form_of_the_protocol(kit: Kit) -> None:
    """An SDK shows the code and the reason, whichever protocol the service speaks."""
    key = root.key(kit.state)
    for service, operation in (("iam", "list_roles"), ("lambda", "list_functions"), ("s3", "list_buckets")):
        client = kit.aws(service, secret=key.secret_key[::-1])
        with pytest.raises(ClientError, match="signature we calculated does not match"):
            getattr(client, operation)()


def test_pages_are_told_by_what_browsers_cannot_leave_out() -> None:
    here = [("host", "127.0.0.1:80")]
    assert strangers.refusal([*here, ("SEC-FETCH-SITE", "none")], strangers.loopback(80)) is None
    for more in ([("ORIGIN", "http://127.0.0.1:80")], [("sec-fetch-site", "same-origin")], here):
        assert strangers.refusal([*here, *more], strangers.loopback(80)), more
    assert strangers.refusal([], strangers.loopback(80)), "no Host at all"


def _holds(content: bytes, secrets: list[str]) -> bool:
    return any(secret.encode() in content or base64.b64encode(secret.encode()) in content for secret in secrets)
