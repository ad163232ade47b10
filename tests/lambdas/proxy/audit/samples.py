"""Lines of the present version, with each field of the schema in one of them, out of the function itself.

``python -m tests.lambdas.proxy.audit.samples NAME`` writes them to ``tests/audit/samples/v1-NAME.jsonl``, with the
public key of their signatures beside them: for a field that is new. What is there already stays as it was written.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import uuid
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import redirect_stdout
from os import urandom
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from audit.signatures import pem
from lambdas.proxy.app import App
from lambdas.proxy.audit.log import VERSION, log
from lambdas.proxy.audit.signing import Signing
from lambdas.proxy.core.team import Team
from lambdas.proxy.runtime import loop
from lambdas.proxy.runtime.api import ApiError
from lambdas.proxy.runtime.loop import Invocation
from lambdas.proxy.services.kms import KmsError

from ..ledger.test_budget import PRICES
from ..pictures import PNG, asking
from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import (
    BIG,
    FORBIDDEN,
    PRINCIPAL,
    SMALL,
    Collected,
    Handler,
    World,
    ask,
    chat,
    chat_answer,
    chat_events,
    environment,
    giving,
    refusing,
    retaining,
    streaming,
    world,
)

PLACE = Path(__file__).parents[4] / "tests" / "audit" / "samples"
_KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_TEAM: dict[str, Any] = {
    "CLOISTER_SIGNING_KEY": _KEY,
    "CLOISTER_DIGEST_KEY": _KEY,
    "CLOISTER_ARCHIVE": ["cloister-audit-atlas-0123456789", "record"],
    "CLOISTER_IMAGES": "pictures/atlas/",
    "CLOISTER_FALLBACKS": f"{BIG}>{SMALL}/",
    "CLOISTER_PRICES": PRICES | {"guardrail": {"content": 150_000, "words": 0}},
    "CLOISTER_BUDGET": {"month": 20_000_000},
    "CLOISTER_LEDGER_TABLE": "ledger",
}


class _Kms:
    """A key that signs and digests; it refuses while `fails` says why."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.fails = ""

    def sign(self, key: str, digest: bytes, deadline: float) -> str:
        if self.fails:
            raise KmsError(self.fails)
        return b64encode(self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))).decode()

    def serve(self, peer: Peer, request: Request) -> None:
        peer.reply(json.dumps({"Mac": b64encode(urandom(32)).decode()}).encode())


def made(authority: Authority) -> tuple[list[str], str]:
    """Return the lines of an execution environment that meets whatever a line has a field for, and its key in PEM."""
    kms, out = _Kms(), io.StringIO()
    whose = {"deployment": "Cloister", "team": "atlas", "function_version": "7"}
    whose["log_stream"] = f"2026/11/29/[7]{urandom(16).hex()}"
    before = log.code, log.id, log.start, log.seq, log.hash
    try:
        with redirect_stdout(out), world(authority, **_TEAM) as here:
            log.code = "ab" * 32
            log.begin({**whose, "code": log.code, "chained": "signed", "key": _KEY})
            signing = Signing(log, Team(environment(**_TEAM)), kms, whose)  # type: ignore[arg-type]  # it has what is used
            here.kms, kms.fails = refusing("403 Forbidden"), "kms_403"
            _retention(here)
            for path, body in _requests(here):
                _asked(here.app, path, body)
                here.app._digests._again, here.kms = 0.0, kms.serve  # type: ignore[union-attr]  # a minute later
                signing.settle(time.monotonic() + 60)
            kms.fails = ""
            loop.report("extension", ApiError("the Runtime API answered 500"), None, log.write)
            signing.end()
    finally:
        log.code, log.id, log.start, log.seq, log.hash = before
    return out.getvalue().splitlines(), pem(kms.key.public_key())


def _retention(here: World) -> None:
    """What the service keeps: once what it should not, and once as the look itself fails."""
    looks = here.app._upstream.retention
    looks.write = log.write
    here.retention = retaining("default", allowed=["default"])
    looks._looking.acquire()
    looks._look()
    looks._tell({"type": "OSError"})
    here.retention = retaining("none")
    looks._looking.acquire()
    looks._look()


def _requests(here: World) -> Iterator[tuple[str, object]]:
    """One request after the other, each for fields that the others leave empty."""
    app, bucket = here.app, giving({"pictures/atlas/a.png": PNG})

    def objects(peer: Peer, request: Request) -> None:
        if request.method == "PUT":
            peer.reply(b"")
        else:
            bucket(peer, request)

    here.objects, here.mantle = objects, _model(busy=True)
    yield "/chat/completions", chat("mail ann@example.com", temperature=0.5, seed=7, store=False, max_tokens=64)
    here.mantle = _model()
    yield "/chat/completions", asking("/chat/completions", "s3://pictures/atlas/a.png", max_tokens=64)
    here.mantle = streaming(*chat_events(["Hel", "lo."]))
    yield "/chat/completions", chat(stream=True, service_tier="flex", max_tokens=64)
    yield "/responses", ask(FORBIDDEN, max_output_tokens=64)
    yield "/chat/completions", {**chat(), "temprature": 1}
    yield "/chat/completions", chat("for what is left of the budget")
    here.mantle = refusing("429 Too Many Requests")
    yield "/responses", ask(model=SMALL, max_output_tokens=64)
    here.mantle = _model(without="flex")
    yield "/chat/completions", chat(service_tier="flex", max_tokens=64)
    here.guardrail = refusing("403 Forbidden")
    yield "/chat/completions", chat(max_tokens=64)
    app._judge = app._opening = None  # type: ignore[assignment]  # a fault of the code's own
    yield "/chat/completions", chat(max_tokens=64)
    yield "/models", None


def _model(*, busy: bool = False, without: str = "") -> Handler:
    """A model endpoint that names its request; the larger model may be out of capacity, or a tier not be offered."""

    def handle(peer: Peer, request: Request) -> None:
        if busy and b"31b" in request.body:
            peer.reply(b"{}", "503 Busy")
            return
        if without and without == json.loads(request.body).get("service_tier"):
            said = {"message": "flex capacity is not available now", "param": "service_tier"}
            peer.reply(json.dumps({"error": said | {"code": "invalid_request_error"}}).encode(), "400 Bad Request")
            return
        made = chat_answer("mail bob@example.com") | {"service_tier": "default"}
        made["usage"] |= {"completion_tokens_details": {"reasoning_tokens": 2}}
        peer.reply(json.dumps(made).encode(), headers=f"x-amzn-requestid: {uuid.uuid4()}\r\n")

    return handle


def _asked(app: App, path: str, body: object) -> None:
    identity = {"userArn": PRINCIPAL, "sourceIp": "10.0.1.17", "vpceId": "vpce-0123456789abcdef0"}
    context = {"requestId": str(uuid.uuid4()), "extendedRequestId": f"{urlsafe_b64encode(urandom(11)).decode()}"}
    event = {
        "httpMethod": "GET" if body is None else "POST",
        "path": path,
        "headers": {},
        "body": None if body is None else json.dumps(body),
        "requestContext": {**context, "identity": identity},
    }
    asked = Invocation(str(uuid.uuid4()), time.monotonic() + 30, "arn", json.dumps(event).encode(), False)
    try:
        app(asked, Collected())  # type: ignore[arg-type]  # the collector has the part of Reply that is used
    except Exception as error:
        loop.report("invocation", error, asked.request_id, log.write)


def main() -> None:
    """Write them."""
    (name,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        lines, key = made(Authority(Path(folder)))
    place = PLACE / f"v{VERSION}-{name}.jsonl"
    with place.open("x", encoding="utf-8") as file:  # what is there stays
        file.writelines(f"{line}\n" for line in lines)
    place.with_suffix(".pem").write_text(key, encoding="utf-8")


if __name__ == "__main__":
    main()
