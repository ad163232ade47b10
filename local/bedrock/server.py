"""One TLS listener for the endpoints, told apart by the Host header, and the plain one for the control."""

from __future__ import annotations

import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from local import quiet, strangers
from local.bedrock import apis, guardrail, ledger, queues, signing, storage, sts
from local.bedrock.ask import Engine
from local.bedrock.control import Control
from local.bedrock.embedded import Embedded
from local.bedrock.errors import RejectedError, aws_json
from local.bedrock.mantle import Mantle
from local.keys import Key, Keys
from local.signatures import Received, RefusedError, verify
from stacks.services import SERVICES

_LARGEST = 32 * 1024 * 1024


def hosts(region: str) -> dict[str, str]:
    """Host name to the kind of endpoint behind it, in a Region; `*` stands for one label, as in certificates.

    Any bucket of S3 can be reached here. On AWS a DNS firewall lets the names of the teams' buckets through and no
    other; that list is asserted on the template.
    """
    return {
        name: service.stand_in
        for service in SERVICES
        if service.stand_in is not None
        for name in service.names(region, buckets=["*"])
    }


class Endpoints:
    """The endpoints of a Region.

    Parameters
    ----------
    region
        The Region.
    keys
        The known keys; the run's administrator, who has the key of `aws`, is known beside them.
    control
        Failures on demand, and the record of what has been seen.
    engine
        What answers for the model.
    projects
        Tells whether a Bedrock Project exists.
    aws
        The embedded AWS.
    door
        Base URL of the front door.

    Raises
    ------
    ValueError
        When a service that the functions call has no stand-in.
    """

    def __init__(
        self,
        region: str,
        keys: Keys,
        control: Control,
        engine: Engine,
        projects: Callable[[str], Awaitable[bool]],
        aws: Embedded,
        door: str = "",
    ) -> None:
        self._door = door
        self._region = region
        self._keys = keys
        self._control = control
        self._mantle = Mantle(region, engine, control, projects)
        self._aws = aws
        self._kinds = hosts(region)
        self._answers = {"mantle": self._model, "guardrail": self._guardrail, "sts": self._callers, "s3": self._bucket}
        self._answers["dynamodb"] = self._ledger
        self._answers["kms"] = self._keys_of_kms
        self._answers["sqs"] = self._queue
        self._answers["apis"] = self._api
        if missing := sorted(set(self._kinds.values()) - self._answers.keys()):
            raise ValueError(
                f"nothing stands in for {', '.join(missing)}: stacks/services.py names it, and local lacks it"
            )

    def application(self) -> web.Application:
        """The application of the TLS listener."""
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answer a request of any of the endpoints."""
        host = (http.host or "").lower().removesuffix(":443")
        kind = self._kinds.get(host) or self._kinds.get(f"*.{host.partition('.')[2]}")
        if kind is None:
            return web.Response(status=421, text="no such endpoint in this Region\n")
        if refused := strangers.refusal(http.headers.items(), None):
            return web.Response(status=403, text=f"{refused}\n")
        if kind in self._control.outage:
            if http.transport is not None:
                http.transport.abort()
            return web.Response(status=503)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in http.raw_headers]
        request = Received(http.method, http.raw_path, headers, await http.read())
        seen: dict[str, Any] = {"time": time.time(), "endpoint": kind, "method": http.method}
        # A key of S3's is the caller's own words, as a prompt is.
        path = "" if kind == "s3" else request.target.partition("?")[0]
        seen |= {"path": path, "headers": sorted({name.lower() for name, _ in headers})}
        if kind == "mantle" and request.method == "GET" and path.startswith("/v1/"):
            seen["endpoint"] = "models and Projects"  # what is read there is no part of any request
        self._control.requests.append(seen)
        response = await self._answers[kind](http, request, seen)
        seen["status"] = response.status
        return response

    async def _model(self, http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            self._admit(request, ("bedrock-mantle", "bedrock"), seen)
            return await self._mantle.answer(http, request, seen)
        except RefusedError as refused:
            status = 401 if refused.code == "MissingAuthenticationTokenException" else 403
            return RejectedError(status, refused.code, refused.reason, kind="authentication_error").response()
        except RejectedError as rejected:
            return rejected.response()

    async def _bucket(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            key = self._admit(request, ("s3",), seen)
        except RefusedError as refused:
            return storage.refusal(refused)
        if failure := self._control.next_failure("s3"):
            return storage.failure(failure.status, failure.retry_after)
        return await storage.answer(request, self._aws, own="/extension/" in key.role)

    async def _api(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        signer = None
        if not (request.header("authorization") or "").startswith("Bearer "):
            try:
                signer = self._admit(request, ("execute-api",), seen)
            except RefusedError as refused:
                return apis.refusal(403, refused.reason)
        if failure := self._control.next_failure("apis"):
            return apis.refusal(failure.status, "set by the control")
        return await apis.answer(request, self._door, signer, self._aws.session, self._region)

    async def _ledger(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            self._admit(request, ("dynamodb",), seen)
        except RefusedError as refused:
            return ledger.error(400, refused.code, refused.reason)
        if failure := self._control.next_failure("dynamodb"):
            return ledger.failure(failure.status, failure.retry_after)
        return await ledger.answer(request, self._aws)

    async def _keys_of_kms(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            self._admit(request, ("kms",), seen)
        except RefusedError as refused:
            return aws_json(400, refused.code, refused.reason)
        if failure := self._control.next_failure("kms"):
            return guardrail.failure(failure.status, failure.retry_after)
        return await signing.answer(request, self._aws)

    async def _queue(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            key = self._admit(request, ("sqs",), seen)
        except RefusedError as refused:
            return aws_json(403, refused.code, refused.reason)
        if failure := self._control.next_failure("sqs"):
            return guardrail.failure(failure.status, failure.retry_after)
        return await queues.answer(request, self._aws, own="/extension/" in key.role)

    async def _callers(self, _http: web.Request, request: Received, _seen: dict[str, Any]) -> web.StreamResponse:
        answer = sts.answer(request, self._keys, self._region)
        # What fails on demand fails for those who may call: nobody else may use the failure up.
        failure = self._control.next_failure("sts") if answer.status == 200 else None
        return guardrail.failure(failure.status, failure.retry_after) if failure else answer

    async def _guardrail(self, _http: web.Request, request: Received, seen: dict[str, Any]) -> web.StreamResponse:
        try:
            self._admit(request, ("bedrock",), seen)
        except RefusedError as refused:
            return aws_json(403, refused.code, refused.reason)
        if failure := self._control.next_failure("guardrail"):
            return guardrail.failure(failure.status, failure.retry_after)
        return await guardrail.answer(request, self._aws, self._control.overlooked)

    def _admit(self, request: Received, services: tuple[str, ...], seen: dict[str, Any]) -> Key:
        key = verify(request, self._known, services=services, region=self._region)
        seen["caller"] = key.arn
        return key

    def _known(self, access_key: str) -> Key | None:
        owner = self._aws.key
        return owner if access_key == owner.access_key else self._keys.find(access_key)


async def listen(app: web.Application, port: int, tls: ssl.SSLContext | None = None) -> tuple[web.AppRunner, int]:
    """Serve an application on 127.0.0.1.

    Parameters
    ----------
    port
        0 takes a free one.

    Returns
    -------
    tuple
        The runner, to be cleaned up by the caller, and the port.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, logger=quiet.logger("bedrock"))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
    await site.start()
    bound: int = runner.addresses[0][1]
    return runner, bound
