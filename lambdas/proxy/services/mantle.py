"""The call to bedrock-mantle: signed, for the team's Project, retried while nothing was answered yet.

What it answers with an error is passed on in OpenAI's shape; its own words only for a 4xx, since they are about the
caller's own request, and never into a log or a record.
"""

from __future__ import annotations

import json

from ..core.errors import UpstreamFailedError, UpstreamRefusedError
from ..http.client import HttpError
from ..request.images import with_urls
from . import rejection
from .call import BUSY, Service, Terms
from .retention import Retention

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.team import Team
    from ..http.client import Client, Response
    from ..request.images import Image
    from ..request.prepared import Prepared
    from .call import Call
    from .credentials import Credentials

#: Bytes of a whole answer.
ANSWER_LIMIT = 32 * 1024 * 1024

TERMS = Terms(
    # Below the 350 s after which an interface endpoint forgets a connection:
    # https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
    read_timeout=300.0,
    longest_retry_after=5.0,
    statuses=BUSY | {529},
    # Asking twice costs tokens at the worst: nothing is stored, so nothing is done twice.
    faults=("dns", "connect", "tls", "reset"),
)
_PASSED = ("retry-after", "retry-after-ms")


class Upstream:
    """bedrock-mantle, as this team reaches it."""

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._service = Service(client, credentials, team.region, team.signing_name, TERMS)
        self._team = team
        #: What is kept of what is sent: asked beside the warm-up, and demanded before anything is.
        self.retention = Retention(client, team, credentials)
        self._known: rejection.Memory = {}

    def warm(self) -> None:
        """Open a connection ahead of the first request, and ask over it what is kept of those that come."""
        try:
            self._service.warm(self._team.mantle_host)
        finally:
            self.retention.look()

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
        RetentionError, UpstreamRefusedError, UpstreamFailedError, DeadlineReachedError
        """
        self.retention.demand(deadline)
        asked = prepared.tier
        body, notices = rejection.rewrite(self._known, prepared, path)
        while True:
            self._no_dearer(asked, prepared)
            response = self._try(prepared.model.path + path, body, prepared.images, call, deadline)
            if response.status == 200:
                prepared.notices = [*notices, *_limits(response)]
                call.sent = body
                return response
            error = _error(response)
            if response.status == 400 and rejection.learn(self._known, prepared, path, body, error, self._team.tiers):
                body, notices = rejection.rewrite(self._known, prepared, path)
                continue
            raise self._refusal(response, error)

    def _no_dearer(self, asked: str, prepared: Prepared) -> None:
        """Refuse to leave a tier out where the one that serves then costs more than a budget has reserved."""
        id, prices = prepared.model.id, self._team.prices
        if self._team.budget is None or prepared.tier == asked:
            return
        reserved, now = prices.tokens(id, asked, 1000, 1000), prices.tokens(id, prepared.tier, 1000, 1000)
        if reserved is None or now is None or now > reserved:
            raise UpstreamRefusedError(
                400,
                f"The inference endpoint does not take the tier {asked!r}, and {prepared.tier!r} costs more than what "
                "the team's budget has reserved for this request: ask for that tier.",
                code="unsupported_parameter",
                param="service_tier",
            )

    def _try(self, path: str, body: dict[str, Any], images: Sequence[Image], call: Call, deadline: float) -> Response:
        accept = "text/event-stream" if body.get("stream") else "application/json"
        headers = [("content-type", "application/json"), ("accept", accept), ("openai-project", self._team.project)]
        try:
            response, _ = self._service.send(
                "POST",
                self._team.mantle_host,
                path,
                headers,
                with_urls(body, images),
                call=call,
                deadline=deadline,
            )
        except HttpError as error:
            raise unreachable(error) from None
        return response

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
            said = message or f"The inference endpoint refused the request (HTTP {status})."
            code = rejection.code(message) or error["code"] or "upstream_refused"
            if code == "context_length_exceeded" and "maximum context length is" not in said:
                said += " Your input exceeds the context window of this model."
            return UpstreamRefusedError(
                status,
                said,
                code=code,
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
                f"signing_name: {other} in the deployment's settings (signing_name in CLOISTER_TEAM)"
            )
            code = "upstream_signature_refused"
        else:
            reason = "the role of the proxy may not make this call (model, tier or Project)"
            code = "upstream_access_denied"
        error = UpstreamFailedError(f"The inference endpoint refused the proxy (HTTP {status}): {reason}.", code=code)
        error.cause = "proxy"  # of how it was set up
        return error


def unreachable(error: HttpError) -> UpstreamFailedError:
    """Return what a fault of the connection means to the caller."""
    return UpstreamFailedError(
        f"The connection to the inference endpoint failed ({error.kind}). Try again.", code=f"upstream_{error.kind}"
    )


def _limits(response: Response) -> list[tuple[str, str]]:
    """Return the headers that say what is left of the account's limits."""
    found = response.starting("x-ratelimit-")
    return [(name, value) for name, value in found if len(name) + len(value) <= 96][:16]


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
