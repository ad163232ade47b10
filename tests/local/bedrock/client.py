"""Clients for the stand-ins: names lead to loopback, and requests are signed with botocore."""

from __future__ import annotations

import ssl
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.keys import Key


class Loopback(httpx.HTTPTransport):
    """Connects to loopback whatever the URL's name says; TLS and Host keep the name."""

    def __init__(self, authority: Path, ports: Mapping[str, int]) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        super().__init__(verify=context)
        self._ports = ports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        request.extensions["sni_hostname"] = host
        request.url = request.url.copy_with(
            host="127.0.0.1", port=self._ports.get(host) or self._ports[f"*.{host.partition('.')[2]}"]
        )
        return super().handle_request(request)


class Signed(httpx.Auth):
    """Signs each request with Signature Version 4, as botocore does it."""

    requires_request_body = True

    def __init__(self, key: Key, service: str, region: str = "us-east-1") -> None:
        self._credentials = Credentials(key.access_key, key.secret_key, key.session_token)
        self._signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(self._credentials, service, region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        kept = ("content-type", "openai-project", "host")
        headers = {name: value for name, value in request.headers.items() if name in kept}
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers=headers)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request
