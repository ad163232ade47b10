"""Guarantees: the deployed function starts under a Lambda Runtime API and answers; a wrong one does not start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas import interpreters
from lambdas.proxy.core import address, catalogue
from lambdas.proxy.core.errors import BadRequestError
from lambdas.proxy.core.team import (
    HISTORIES,
    INPUTS,
    LEAST_BURST,
    LONGEST_DELAY,
    RETENTIONS,
    SHORTEST_DELAY,
    SIGNING_NAMES,
    STRUCTURED_OUTPUTS,
    Team,
    encode,
)
from lambdas.proxy.request import event
from tests.waiting import LONG

from .support.authority import Authority
from .support.package import built, unpack
from .support.runtime_server import RuntimeServer
from .world import (
    BIG,
    ENVIRONMENT,
    FORBIDDEN,
    PRINCIPAL,
    SMALL,
    TEAM,
    World,
    catalogue_json,
    chat,
    chat_events,
    environment,
    streaming,
    world,
)

ROOT = Path(__file__).parents[3]
#: Leads the two names to the test's server, as the front door does.
SHIM = """
import socket, sys
real = socket.create_connection
def connect(address, *rest, **more):
    amazon = b"amazon" in address[0] or b"api.aws" in address[0]
    return real(("127.0.0.1", {port}) if amazon else address, *rest, **more)
socket.create_connection = connect
sys.path.insert(0, {root!r})
from proxy.__main__ import build, serve
serve(build)
"""


@contextmanager
def function(
    here: World, authority: Authority, root: Path, python: str = sys.executable, **changes: str
) -> Iterator[tuple[RuntimeServer, Any]]:
    """The function, packaged, as a process of its own."""
    unpack(built(python), root)
    with RuntimeServer() as api:
        variables = {
            **environment(**changes),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "LAMBDA_TASK_ROOT": str(root),
            "SSL_CERT_FILE": str(authority.path),
            "PATH": os.defpath,
        }
        line = [python, "-I", "-S", "-B", "-c", SHIM.format(port=here.server.port, root=str(root))]
        process = subprocess.Popen(line, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield api, process
        finally:
            process.kill()
            process.communicate(timeout=LONG)


def invocation(path: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "httpMethod": "POST",
        "path": path,
        "headers": {},
        "body": json.dumps(body),
        "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "authorizer": {"principal": PRINCIPAL}},
    }


@pytest.mark.parametrize("python", sorted({sys.executable, interpreters.find() or sys.executable}))
def test_the_packaged_function_answers_streams_and_records(authority: Authority, tmp_path: Path, python: str) -> None:
    with world(authority) as here:
        here.mantle = streaming(*chat_events(["Hello ", "world, some@where.com"]))
        with function(here, authority, tmp_path, python) as (api, process):
            answer = api.invoke(invocation("/chat/completions", chat("secret prompt", stream=True))).wait()
            assert answer.status == 200
            assert b"Hello world, {EMAIL}" in answer.body
            assert answer.body.endswith(b"data: [DONE]\n\n")
            refused = api.invoke(invocation("/chat/completions", chat(FORBIDDEN))).wait()
            assert refused.status == 400
            lines = [json.loads(process.stdout.readline()) for _ in range(5)]
            process.kill()
            _, errors = process.communicate(timeout=LONG)
    assert [line["record"] for line in lines] == ["start", *["began", "inference"] * 2]
    first, second = lines[2::2]
    assert (first["status"], first["cold_start"], first["principal"]) == (200, True, PRINCIPAL)
    assert (second["status"], second["error"], second["cold_start"]) == (400, "content_filter", False)
    assert not errors
    assert "secret prompt" not in json.dumps(lines)


def test_a_wrong_environment_does_not_start(authority: Authority, tmp_path: Path) -> None:
    with world(authority) as here, function(here, authority, tmp_path, CLOISTER_MODELS="gpt-5") as (api, process):
        assert process.wait(timeout=LONG) != 0
        assert api.init_error is not None
        _, errors = process.communicate(timeout=LONG)
    assert "CLOISTER_TEAM's models name 'gpt-5'" in errors


WRONG: list[tuple[str, Any]] = [
    ("name", ""),
    ("deployment", ""),
    ("access", "open"),
    ("models", []),
    ("models", [" "]),
    ("models", BIG),
    ("tiers", [3]),
    ("guardrail_version", "DRAFT"),
    ("guardrail_id", "a/b"),
    ("signing_name", "s3"),
    ("image_filter", "true"),
    ("delay", 0.05),
    ("delay", True),
    ("input", "none"),
    ("fallbacks", [[None, None, None]]),
    ("fallbacks", [[None, "m"]]),
    ("fallbacks", "m"),
    ("retention", "none"),
    ("text_units", [[25]]),
    ("text_units", [[25, 23]]),
    ("text_units", [[0, 25]]),
    ("text_units", [[25.0, 25]]),
    ("text_units", [[True, 25]]),
    ("text_units", 25),
    ("budget_of_another_version", 1),
    *(
        ("images", [place])
        for place in (
            *("", " others", "s3://pictures", "pictures.example.com", "Pictures", "-pictures", "pictures-", "pi"),
            *("pictures/", "pictures/atlas", "pictures//", "pictures/../", "pictures/*/"),
            "pictures/${aws:PrincipalTag}/",
        )
    ),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_each_field_is_checked_and_named_by_who_writes_and_by_who_reads(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Team({**ENVIRONMENT, "CLOISTER_TEAM": json.dumps({**TEAM, field: value})})
    with pytest.raises(ValueError, match=field):
        encode({**TEAM, field: value})


@pytest.mark.parametrize("field", TEAM)
def test_each_field_that_is_needed_is_missed(field: str) -> None:
    less = {name: value for name, value in TEAM.items() if name != field}
    for wrong in (lambda: Team({**ENVIRONMENT, "CLOISTER_TEAM": json.dumps(less)}), lambda: encode(less)):
        with pytest.raises(ValueError, match=field):
            wrong()


@pytest.mark.parametrize(
    ("name", "value"),
    [("CLOISTER_TEAM", ""), ("CLOISTER_TEAM", "[]"), ("AWS_REGION", "evil.example/"), ("AWS_REGION", "")],
)
def test_each_variable_is_checked_and_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Team({**ENVIRONMENT, name: value})


CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "deployment": st.sampled_from(["Cloister", "prod"]),
        "image_filter": st.booleans(),
        "signing_name": st.sampled_from(SIGNING_NAMES),
        "structured_output": st.sampled_from(STRUCTURED_OUTPUTS),
        "delay": st.floats(SHORTEST_DELAY, LONGEST_DELAY),
        "input": st.sampled_from(INPUTS),
        "history": st.sampled_from(HISTORIES),
        "fallbacks": st.lists(st.tuples(st.sampled_from([BIG, None]), st.just(SMALL), st.sampled_from(["flex", None]))),
        "retention": st.sampled_from(RETENTIONS),
        "text_units": st.lists(st.tuples(st.integers(1, 500), st.integers(LEAST_BURST, 5000))),
        "images": st.lists(st.sampled_from(["pictures", "pictures/atlas/", "others/a b/ü/"])),
    },
)


@given(CHOSEN)
def test_what_is_written_is_read(chosen: dict[str, Any]) -> None:
    document = encode({**TEAM, **chosen})
    found = Team({**ENVIRONMENT, "CLOISTER_TEAM": document})
    for field, value in {**TEAM, **chosen}.items():
        if field == "images":
            value = [address.place(item) for item in value]
        assert getattr(found, field) == (tuple(value) if isinstance(value, list) else value)
    assert all(field in document for field in TEAM)
    assert set(json.loads(document)) <= {*TEAM, *chosen}, "what nobody chose is not written"


def test_a_team_has_no_model_that_the_catalogue_lacks() -> None:
    with pytest.raises(ValueError, match="not in the packaged catalogue"):
        Team(ENVIRONMENT).check(["another"])


def test_a_catalogue_that_lacks_a_key_is_refused_by_model_and_key() -> None:
    models = json.loads(catalogue_json())
    del models["models"]["google.gemma-4-31b"]["body_limit"]
    with pytest.raises(ValueError, match=r"google.gemma-4-31b.*body_limit"):
        catalogue.read(json.dumps(models).encode())


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"httpMethod": "GET"}', b'{"httpMethod": "POST", "path": "/", "body": 3}']
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequestError):
        event.read(raw)


def test_the_principal_is_the_authorizers_before_the_identitys() -> None:
    context = {
        "authorizer": {"principal": "arn:a"},
        "identity": {"userArn": "arn:b"},
        "requestId": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    }
    both = {"httpMethod": "GET", "path": "/", "requestContext": context, "headers": {"X-A": "1"}}
    assert event.read(json.dumps(both).encode()).principal == "arn:a"
    del context["authorizer"]
    request = event.read(json.dumps(both).encode())
    assert (request.principal, request.id, request.headers, request.body.data) == (
        "arn:b",
        context["requestId"],
        {"x-a": "1"},
        b"",
    )


def test_no_connection_imports_the_codec_of_international_names() -> None:
    code = (
        "import socket, sys\n"
        "from lambdas.proxy.http import sockets, tls, tls_session\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    sockets.connect(('localhost', server.getsockname()[1]), 5).close()\n"
        "session = tls_session.TlsSession(tls.context(), 'bedrock-mantle.us-east-1.api.aws')\n"
        "session.handshake(b'')\n"
        "print(b'bedrock-mantle.us-east-1.api.aws' in session.owed(), 'encodings.idna' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == ["True", "False"]


def test_what_takes_long_to_import_is_not_imported_to_start() -> None:
    """Each of these is a millisecond of a cold start, or several; what of them is needed is had from what they use."""
    folder = ROOT / "lambdas"
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n"
         "import proxy.__main__\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    slow = {"dataclasses", "datetime", "hashlib", "hmac", "http", "logging", "queue", "random", "signal", "subprocess"}
    slow |= {"threading", "traceback", "typing", "unicodedata", "urllib", "uuid"}
    slow |= {"proxy.ledger.reservation", "proxy.ledger.table"}  # for teams that have a budget
    assert slow.isdisjoint(told.stdout.split())
