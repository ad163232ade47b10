"""The call to bedrock-mantle: signed, for the team's Project, retried while nothing was answered yet.

What it answers with an error is passed on in OpenAI's shape; its own words only for a 4xx, since they are about the
caller's own request, and never into a log or a record.
"""

from __future__ import annotations

import json
import time

from ..core.errors import DeadlineReachedError, UpstreamFailedError, UpstreamRefusedError
from ..http.client import HttpError
from ..request.splice import pieces
from . import backoff, rejection
from .sigv4 import sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.team import Team
    from ..http.client import Client, Response
    from ..http.connection import Connection
    from ..request.prepared import Prepared
    from ..request.splice import Bytes
    from .credentials import Credentials

#: Calls for one request, the first included; a retry without a rejected parameter is not counted.
ATTEMPTS = 3
#: Seconds without a byte after which a call is given up; below the 350 s of an interface endpoint
#: (https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html).
SILENCE = 300.0
#: Seconds that a Retry-After is waited for here; a longer one is the caller's to wait.
BEARABLE = 5.0
#: Bytes of a whole answer.
ANSWER_LIMIT = 32 * 1024 * 1024

_RETRIED = frozenset((429, 500, 502, 503, 504, 529))
_PASSED = ("retry-after", "retry-after-ms")


class Call:
    """What calling took, for the record; and the end of it, if it is not wanted any more.

    Parameters
    ----------
    attempts
        Made before, for the same request.
    """

    __slots__ = ("_connection", "attempts", "ms", "over", "request_id", "status")

    def __init__(self, attempts: int = 0) -> None:
        self._connection: Connection | None = None
        self.over = False
        self.attempts = attempts
        self.status: int | None = None
        self.ms: float | None = None
        self.request_id: str | None = None

    def watch(self, connection: Connection) -> None:
        """Take note of the connection that is about to be used."""
        self._connection = connection
        if self.over:
            connection.close()

    def end(self) -> None:
        """End the call, in whatever thread it is, and have no other attempt made."""
        self.over = True
        if self._connection is not None:
            self._connection.close()


class Upstream:
    """bedrock-mantle, as this team reaches it."""

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._client = client
        self._team = team
        self._credentials = credentials
        self._known: rejection.Memory = {}

    def warm(self) -> None:
        """Open a connection ahead of the first request."""
        self._client.warm(self._team.mantle_host)

    def send(self, prepared: Prepared, path: str, call: Call, deadline: float) -> Response:
        """Return the response to a request, its status 200 and its body not yet read.

        Parameters
        ----------
        path
            Of the route, below the model's prefix.
        call
            Is filled in.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        UpstreamRefusedError, UpstreamFailedError, DeadlineReachedError
        """
        images = [(image.head, image.data) for image in prepared.images]
        body, said = rejection.rewrite(self._known, prepared, path)
        while True:
            response = self._try(prepared.model.path + path, body, images, call, deadline)
            if response.status == 200:
                prepared.said = [*said, *_limits(response)]
                return response
            error = _error(response)
            if response.status == 400 and rejection.learn(self._known, prepared, path, body, error, self._team.tiers):
                body, said = rejection.rewrite(self._known, prepared, path)
                continue
            raise self._refusal(response, error)

    def _try(
        self, path: str, body: dict[str, Any], images: Sequence[Sequence[Bytes]], call: Call, deadline: float
    ) -> Response:
        data = pieces(body, images)
        host, team = self._team.mantle_host, self._team
        accept = "text/event-stream" if body.get("stream") else "application/json"
        headers = [("content-type", "application/json"), ("accept", accept), ("openai-project", team.project)]
        for attempt in range(ATTEMPTS):
            last = attempt + 1 == ATTEMPTS
            call.attempts += 1
            call.status = None
            started = time.monotonic()
            try:
                response = self._client.request(
                    "POST",
                    host,
                    path,
                    sign(
                        "POST",
                        host,
                        path,
                        headers,
                        data,
                        service=team.signing_name,
                        region=team.region,
                        credentials=self._credentials,
                    ),
                    data,
                    timeout=SILENCE,
                    deadline=deadline,
                    watch=call.watch,
                )
            except HttpError as error:
                if time.monotonic() >= deadline:
                    raise DeadlineReachedError from None
                # Asking twice costs tokens at the worst: nothing is stored, so nothing is done twice.
                again = error.kind in ("dns", "connect", "tls", "reset")
                if last or not again or not backoff.pause(attempt, None, deadline, longest=BEARABLE):
                    raise unreachable(error) from None
                continue
            call.status = response.status
            call.ms = (time.monotonic() - started) * 1000
            call.request_id = _request_id(response)
            if response.status not in _RETRIED or last:
                return response
            wait = backoff.asked(response.header("retry-after"))
            if not backoff.pause(attempt, wait, deadline, longest=BEARABLE):
                return response
            response.close()
        raise AssertionError("the last attempt returns or raises")

    def _refusal(self, response: Response, error: dict[str, str | None]) -> UpstreamRefusedError | UpstreamFailedError:
        status, message = response.status, error["message"] or ""
        if status in (401, 403):
            return self._denied(status, message)
        if 300 <= status < 400 or status < 200:
            return UpstreamFailedError(
                f"The inference endpoint answered with HTTP {status}, which is not followed.", code="upstream_protocol"
            )
        headers = [(name, value) for name in _PASSED if (value := response.header(name)) and len(value) <= 64]
        headers += _limits(response)
        if status == 429:
            code, said = "rate_limit_exceeded", "The inference endpoint is limiting this account's requests."
        elif status >= 500:
            code, said = "upstream_unavailable", f"The inference endpoint is not able to answer now (HTTP {status})."
        else:
            return UpstreamRefusedError(
                status,
                message or f"The inference endpoint refused the request (HTTP {status}).",
                code=error["code"] or "upstream_refused",
                param=error["param"],
                headers=headers,
            )
        return UpstreamRefusedError(status, f"{said} Try again later.", code=code, headers=headers)

    def _denied(self, status: int, message: str) -> UpstreamFailedError:
        # The caller was let in; what was refused is the function, so it is no 401 or 403 of the caller's.
        low = message.lower()
        if "berm" in low:
            reason = "this model is not served under the path that the catalogue gives it"
            code = "upstream_wrong_path"
        elif "signature" in low or "credential should be scoped" in low or "security token" in low:
            other = "bedrock" if self._team.signing_name == "bedrock-mantle" else "bedrock-mantle"
            reason = (
                f"the signature was made for the service name {self._team.signing_name!r}; if that is why, set "
                f"signing_name: {other} in the deployment's settings (CLOISTER_SIGNING_NAME)"
            )
            code = "upstream_signature_refused"
        else:
            reason = "the role of the proxy may not make this call (model, tier or Project)"
            code = "upstream_access_denied"
        return UpstreamFailedError(f"The inference endpoint refused the proxy (HTTP {status}): {reason}.", code=code)


def unreachable(error: HttpError) -> UpstreamFailedError | DeadlineReachedError:
    """Return what a fault of the connection means to the caller."""
    return UpstreamFailedError(
        f"The connection to the inference endpoint failed ({error.kind}). Try again.", code=f"upstream_{error.kind}"
    )


def _limits(response: Response) -> list[tuple[str, str]]:
    """Return the headers that say what is left of the account's limits."""
    found = [(name, value) for name, value in response.headers if name.startswith("x-ratelimit-")]
    return [(name, value) for name, value in found if len(name) + len(value) <= 96][:16]


def _request_id(response: Response) -> str | None:
    for name in ("x-amzn-requestid", "x-request-id"):
        value = response.header(name)
        if value and len(value) <= 128 and value.isascii() and value.replace("-", "").replace("_", "").isalnum():
            return value
    return None


def _error(response: Response) -> dict[str, str | None]:
    """Read an error body whatever its shape: OpenAI's object, a bare string, AWS's ``message``, or none."""
    try:
        value: Any = json.loads(response.read(64 * 1024))
    except (HttpError, ValueError, RecursionError):
        value = None
    finally:
        response.close()
    for _ in range(3):
        if isinstance(value, dict) and isinstance(value.get("error"), dict | str):
            value = value["error"]
    if not isinstance(value, dict):
        value = {"message": value}
    found: dict[str, str | None] = {}
    for name, size in (("message", 500), ("code", 64), ("param", 128)):
        item = value.get(name)
        if name == "message" and item is None:
            item = value.get("Message")
        found[name] = item[:size] if isinstance(item, str) and item else None
    return found
