"""The proxy between small real servers: a guardrail, a model endpoint and S3, over TLS on loopback."""

from __future__ import annotations

import io
import json
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.valid import wrong
from lambdas.proxy.app import App
from lambdas.proxy.archiving import Archiving
from lambdas.proxy.audit.digest import Digests
from lambdas.proxy.core import catalogue
from lambdas.proxy.core.team import Team
from lambdas.proxy.http.client import Client
from lambdas.proxy.ledger.ledger import Ledger
from lambdas.proxy.runtime.loop import ClientGone, Invocation
from lambdas.proxy.services import guardrail
from lambdas.proxy.services.archive import Archive
from lambdas.proxy.services.credentials import Credentials
from lambdas.proxy.services.guardrail import Guardrail
from lambdas.proxy.services.kms import Kms
from lambdas.proxy.services.mantle import Upstream
from lambdas.proxy.services.s3 import Objects
from tests.waiting import LONG

from .support.authority import Authority
from .support.dynamo import Memory
from .support.guardrail import BLOCKED_MESSAGE as BLOCKED_MESSAGE
from .support.guardrail import EMAIL as EMAIL
from .support.guardrail import FORBIDDEN as FORBIDDEN
from .support.guardrail import guard as guard
from .support.guardrail import guarding as guarding
from .support.guardrail import verdict as verdict
from .support.team import BIG as BIG
from .support.team import OTHER as OTHER
from .support.team import SMALL as SMALL
from .support.team import TEAM as TEAM
from .support.team import environment as environment
from .support.tls_server import Handler as Handler
from .support.tls_server import Peer, Request, TlsServer

MANTLE = "bedrock-mantle.us-east-1.api.aws"
RUNTIME = "bedrock-runtime.us-east-1.amazonaws.com"
DYNAMODB = "dynamodb.us-east-1.amazonaws.com"
S3 = "s3.us-east-1.amazonaws.com"
BUCKETS = f"*.{S3}"
KMS = "kms.us-east-1.amazonaws.com"
ENVIRONMENT = environment()
PRINCIPAL = "arn:aws:sts::123456789012:assumed-role/atlas-developer/someone"


def catalogue_json() -> bytes:
    """The packaged catalogue, as the build writes it."""
    source = Path(__file__).parents[3] / "stacks" / "catalogue.yaml"
    return json.dumps({"models": yaml.safe_load(source.read_text())["models"]}, default=str).encode()


def chat_answer(content: str | None = "Hello.", **message: Any) -> dict[str, Any]:
    """A chat completion as bedrock-mantle gives it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": BIG,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
        "service_tier": "default",
    }


def response_answer(*output: dict[str, Any]) -> dict[str, Any]:
    """A response as bedrock-mantle gives it."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": BIG,
        "status": "completed",
        "output": list(output),
        "usage": {
            "input_tokens": 5,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 3,
            "total_tokens": 8,
            "output_tokens_details": {"reasoning_tokens": 2},
        },
        "service_tier": "default",
    }


def message_item(text: str) -> dict[str, Any]:
    """An item of output with a text."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}


def answering(value: dict[str, Any]) -> Handler:
    """A model endpoint that gives one answer."""
    return lambda peer, _: peer.reply(json.dumps(value).encode())


def refusing(status: str, body: bytes = b"{}", headers: str = "") -> Handler:
    """A model endpoint that refuses."""
    return lambda peer, _: peer.reply(body, status, headers)


def streaming(*pieces: bytes, end: bool = True, pause: float = 0.0) -> Handler:
    """A model endpoint that streams these bytes."""

    def handle(peer: Peer, _: Request) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in pieces:
            peer.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            if pause:
                time.sleep(pause)
        if end:
            peer.send(b"0\r\n\r\n")
        else:
            peer.close()
            raise EOFError

    return handle


def chat_events(texts: Sequence[str], *, finish: str = "stop", usage: bool = True) -> list[bytes]:
    """A streamed chat completion, one piece of bytes for each event."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": BIG}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": text} for text in texts)]
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        chunks.append({**head, "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}})
    return [*(data(chunk) for chunk in chunks), b"data: [DONE]\n\n"]


def response_events(*items: dict[str, Any], cut: int = 7) -> list[bytes]:
    """A streamed response with these items, in deltas of ``cut`` characters."""
    final = response_answer(*items)
    begun = {**final, "status": "in_progress", "output": [], "usage": None}
    events: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
    for at, item in enumerate(items):
        empty = {**item, "status": "in_progress"}
        where = {"item_id": item["id"], "output_index": at}
        if item["type"] == "function_call":
            events.append(
                {"type": "response.output_item.added", "output_index": at, "item": {**empty, "arguments": ""}}
            )
            for piece in _cut(item["arguments"], cut):
                events.append({"type": "response.function_call_arguments.delta", **where, "delta": piece})
            full = {"arguments": item["arguments"]}
            events.append({"type": "response.function_call_arguments.done", **where, **full})
        else:
            events.append({"type": "response.output_item.added", "output_index": at, "item": {**empty, "content": []}})
            for index, part in enumerate(item["content"]):
                stem = f"response.{part['type']}"
                for piece in _cut(part["text"], cut):
                    events.append({"type": f"{stem}.delta", **where, "content_index": index, "delta": piece})
                events.append({"type": f"{stem}.done", **where, "content_index": index, "text": part["text"]})
        events.append({"type": "response.output_item.done", "output_index": at, "item": item})
    events.append({"type": "response.completed", "response": final})
    return [data({**event, "sequence_number": n}, event["type"]) for n, event in enumerate(events)]


def _cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def data(value: dict[str, Any], event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()


class Collected:
    """What a reply came to; stands where the runtime's Reply does."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.writes: list[tuple[float, bytes]] = []
        self.started = False
        self._leave_after = leave_after

    def start(self, status: int, headers: Sequence[tuple[str, str]]) -> None:
        assert not self.started, "a reply starts once"
        self.started, self.status = True, status
        self.headers = {name.lower(): value for name, value in headers}

    def write(self, data: bytes) -> None:
        assert self.started
        if self._leave_after is not None and len(self.writes) >= self._leave_after:
            raise ClientGone
        self.writes.append((time.monotonic(), data))

    def finish(self, data: bytes = b"") -> None:
        self.write(data)

    def alive(self) -> bool:
        return True

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.writes)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json["error"]
        return error

    @property
    def events(self) -> list[dict[str, Any]]:
        """The data of each event but ``[DONE]``."""
        found = [line[6:] for line in self.body.decode().split("\n") if line.startswith("data: ")]
        return [json.loads(item) for item in found if item != "[DONE]"]

    @property
    def text(self) -> str:
        """The text that a chat client puts together."""
        deltas = [choice["delta"] for event in self.events for choice in event.get("choices", ())]
        return "".join(delta.get("content") or "" for delta in deltas)


def giving(objects: dict[str, bytes]) -> Handler:
    """An S3 that holds these objects, by bucket and path as it is sent; of others it says what most roles hear."""

    def handle(peer: Peer, request: Request) -> None:
        found = objects.get(request.headers["host"].removesuffix(f".{S3}") + request.path)
        if found is None:
            peer.reply(b"<Error><Code>AccessDenied</Code></Error>", "403 Forbidden")
        else:
            peer.reply(found, headers="content-type: binary/octet-stream\r\n")

    return handle


def retaining(mode: str, *, model: str = "default", allowed: Sequence[str] = ("none", "default")) -> Handler:
    """A model endpoint that keeps this of a Project, and of a model of itself."""

    def handle(peer: Peer, request: Request) -> None:
        said: dict[str, Any] = {"mode": mode}
        if request.path.startswith("/v1/models/"):
            said = {"mode": model if mode == "inherit" else mode, "allowed_modes": [*allowed], "source": "project"}
        peer.reply(json.dumps({"id": request.path.rpartition("/")[2], "data_retention": said}).encode())

    return handle


class World:
    """The proxy, its services, and what was written down.

    Attributes
    ----------
    memory
        The table of the team's budget.
    mantle, guardrail, objects, ledger, retention, kms
        Replace them to make a service behave otherwise; the last answers what is asked about data retention.
    looks
        Paths of these questions, which are not among the server's requests: they are no part of any request.
    """

    def __init__(self, authority: Authority, server: TlsServer, environment: dict[str, str]) -> None:
        self.server = server
        self.client = Client(authority.client(), connect=server.connect)
        self.mantle: Handler = answering(chat_answer())
        self.guardrail: Handler = guard
        self.objects: Handler = giving({})
        self.memory = Memory()
        self.ledger: Handler = self.memory.serve
        self.kms: Handler = refusing("503 Service Unavailable")
        self.retention: Handler = retaining("none")
        self.looks: list[str] = []
        self.records: list[dict[str, Any]] = []
        self.began: list[dict[str, Any]] = []
        team = Team(environment)
        keys = Credentials("AKIDEXAMPLE", "secret", "token")
        models = catalogue.read(catalogue_json())
        team.check(models)
        client = self.client
        services = Guardrail(client, team, keys), Upstream(client, team, keys), Objects(client, team, keys)
        digests = Digests(team, Kms(client, team, keys)) if team.digest_key else None
        archive = Archiving(Archive(client, *team.archive, team.region, keys)) if team.archive else None
        self.app = App(team, models, *services, Ledger(client, team, keys), digests, archive)

    def serve(self, peer: Peer) -> None:
        while True:
            request = peer.request()
            host = request.headers["host"]
            if host == MANTLE and request.method == "GET" and request.path.startswith("/v1/"):
                self.looks.append(request.path)
                del self.server.requests[next(n for n, seen in enumerate(self.server.requests) if seen is request)]
                self.retention(peer, request)
                continue
            if host == DYNAMODB:
                self.ledger(peer, request)
                continue
            if host == KMS:
                self.kms(peer, request)
                continue
            (self.objects if host.endswith(S3) else self.guardrail if host == RUNTIME else self.mantle)(peer, request)

    def call(
        self,
        path: str,
        body: object = None,
        *,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        reply: Collected | None = None,
        seconds: float = 30.0,
        base64: bool = False,
        invocation: str = "inv-1",
    ) -> Collected:
        """Make one request; a body that is not bytes is sent as JSON, and in base64 if said so."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        event = {
            "httpMethod": method or ("GET" if body is None else "POST"),
            "path": path,
            "headers": headers or {},
            "body": None if raw is None else b64encode(raw).decode() if base64 else raw.decode(),
            "isBase64Encoded": base64,
            "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "identity": {"userArn": PRINCIPAL}},
        }
        found = reply or Collected()
        asked = Invocation(invocation, time.monotonic() + seconds, "arn", json.dumps(event).encode(), False)
        out = io.StringIO()
        with redirect_stdout(out):
            self.app(asked, found)  # type: ignore[arg-type]  # the collector has the part of Reply that is used
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        assert [wrong(line) for line in lines if wrong(line)] == [], "every line is as the schema says"
        self.began.extend(line for line in lines if line["record"] == "began")
        self.records.extend(line for line in lines if line["record"] != "began")
        return found

    @property
    def record(self) -> dict[str, Any]:
        """The last audit record."""
        return self.records[-1]

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """The bodies that reached the model endpoint."""
        return [json.loads(r.body) for r in self.server.requests if r.headers["host"] == MANTLE]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The bodies that reached the guardrail."""
        return [json.loads(r.body) for r in self.server.requests if r.headers["host"] == RUNTIME]

    @property
    def guarded(self) -> str:
        """Every text that the guardrail was shown."""
        return "\n".join(block["text"]["text"] for c in self.checks for block in c["content"] if "text" in block)


@contextmanager
def world(authority: Authority, **changes: Any) -> Iterator[World]:
    """The world of a team; ``changes`` to its environment."""
    made: list[World] = []
    names = (MANTLE, RUNTIME, BUCKETS, DYNAMODB, KMS)
    answers = TlsServer(authority.server(*names), lambda peer: made[0].serve(peer))
    with pytest.MonkeyPatch.context() as patch, answers as server:
        # Ten seconds are much for Bedrock, and little for a guardrail that shares this process on a busy machine.
        patch.setattr(guardrail.TERMS, "read_timeout", LONG)
        made.append(World(authority, server, environment(**changes)))
        try:
            yield made[0]
        finally:
            made[0].client.close()


def chat(text: str = "Hi", /, **more: Any) -> dict[str, Any]:
    """A chat request."""
    return {"model": BIG, "messages": [{"role": "user", "content": text}], **more}


def ask(text: str = "Hi", /, **more: Any) -> dict[str, Any]:
    """A Responses request."""
    return {"model": BIG, "input": text, **more}
