"""AWS STS on loopback, as far as a presigned GetCallerIdentity goes: real TLS, signatures checked with botocore."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import trustme
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.waiting import LONG

HOST = "sts.us-east-1.amazonaws.com"
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class SecurityTokenService:
    """A server that knows some credentials and whose they are.

    Parameters
    ----------
    folder
        Where its certificate and key are written.
    """

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        self.known: dict[str, tuple[Credentials, str]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.answer: Answer = self.verify
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = LONG

            def do_GET(self) -> None:
                service.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                service.answer(self)

            def log_message(self, *arguments: object) -> None:
                """Write no access log."""

        tls = _tls(self.authority)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                with tls.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Let a client hang up without a traceback."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address: tuple[str, int] = ("127.0.0.1", self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def knows(self, credentials: Credentials, arn: str) -> None:
        """Make credentials those of an identity."""
        self.known[credentials.access_key] = (credentials, arn)

    def verify(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Answer as AWS STS does: with the identity if the signature is right, with 403 if not."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = parse_qsl(request.path.partition("?")[2], keep_blank_values=True)
        values = dict(query)
        credentials, arn = self.known.get(values.get("X-Amz-Credential", "").split("/")[0], (None, ""))
        if credentials is None or values.get("X-Amz-Security-Token") != credentials.token:
            return reply(request, 403, {"Error": {"Code": "InvalidClientTokenId", "Message": "unknown"}})
        unsigned = urlencode([(name, value) for name, value in query if name != "X-Amz-Signature"])
        signed = {name: headers.get(name, "") for name in values["X-Amz-SignedHeaders"].split(";") if name != "host"}
        copy = AWSRequest("GET", f"https://{headers['host']}/?{unsigned}", headers=signed)
        copy.context["timestamp"] = values["X-Amz-Date"]
        _, _, region, service, _ = values["X-Amz-Credential"].split("/")
        signer = SigV4QueryAuth(credentials, service, region)
        if (
            signer.signature(signer.string_to_sign(copy, signer.canonical_request(copy)), copy)
            != values["X-Amz-Signature"]
        ):
            return reply(request, 403, {"Error": {"Code": "SignatureDoesNotMatch", "Message": "no match"}})
        account = arn.split(":")[4]
        result = {"Arn": arn, "UserId": "AROAEXAMPLE:ann", "Account": account}
        return reply(request, 200, {"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}})


def reply(
    request: http.server.BaseHTTPRequestHandler, status: int, body: object, headers: dict[str, str] | None = None
) -> None:
    """Send an answer: bytes as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    for name, value in {"Content-Length": str(len(data)), "Connection": "close", **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(data)


def leading_to(
    service: SecurityTokenService, connect: Callable[..., socket.socket], seen: list[tuple[str, int]]
) -> Callable[..., socket.socket]:
    """Make a ``socket.create_connection`` that leads the one name that may be called to the service."""

    def create_connection(address: tuple[str, int], *arguments: object, **options: object) -> socket.socket:
        seen.append(address)
        assert address == (HOST, 443), f"{address} was called"
        return connect(service.address, *arguments, **options)

    return create_connection


def _tls(authority: Path) -> ssl.SSLContext:
    made = trustme.CA(organization_name="A test's own authority")
    made.cert_pem.write_to_path(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert(HOST).configure_cert(context)
    return context
