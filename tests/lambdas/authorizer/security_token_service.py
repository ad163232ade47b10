"""AWS STS on loopback, as far as a presigned GetCallerIdentity goes: real TLS, signatures checked with botocore."""

from __future__ import annotations

import datetime
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
            timeout = 5

            def do_GET(self) -> None:
                service.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                service.answer(self)

            def log_message(self, *arguments: object) -> None:
                """Write no access log."""

        tls = _tls(folder, self.authority)

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


def _tls(folder: Path, authority: Path) -> ssl.SSLContext:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test's own authority")])
    usage = {
        "digital_signature": True, "content_commitment": False, "key_encipherment": False, "data_encipherment": False,
        "key_agreement": False, "key_cert_sign": True, "crl_sign": True, "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        _certificate(issuer, issuer, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    leaf = (
        _certificate(subject, issuer, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    authority.write_bytes(ca.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / "chain.pem"
    chain.write_bytes(secret + leaf.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )
