"""What the proxy answers when it does not answer with a completion.

::

    ProxyError                          ends a request with OpenAI's error object
    ├── BadRequestError            400  the request cannot be right as it stands
    │   └── ContentFilteredError   400  the guardrail blocked the input
    ├── ForbiddenError             403  right, but not for this team
    ├── BudgetSpentError           429  the team's money is spent
    ├── TooFastError               429  more than the team may ask for in this minute, or at once
    ├── LedgerUnavailableError     503  nothing is spent that nobody counts
    ├── NotFoundError              404  no such route or model
    ├── MethodNotAllowedError      405
    ├── TooLargeError              413
    ├── UpstreamRefusedError       4xx, 5xx as bedrock-mantle gave it
    ├── UpstreamFailedError        502  bedrock-mantle did not answer, or not in a form that can be guarded
    │   └── StructuredOutputError  422  the model did not write the JSON that was asked for
    ├── GuardrailUnavailableError  503  nothing is answered without the guardrail
    │   └── GuardrailRefusedError  424  … and asking again changes nothing
    ├── RetentionError             503  what is sent could be kept
    ├── ArchiveUnavailableError    503  what would have been released could not be archived
    ├── StorageUnavailableError    503  an image could not be fetched
    └── DeadlineReachedError       504  the function's time is over

A message is a sentence for the caller. It goes into the answer only; logs and records have ``code``.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


#: Codes of bedrock-mantle's own errors that may stand in a record; any other could be anything.
_KNOWN = frozenset(
    (
        "context_length_exceeded",
        "invalid_request_error",
        "invalid_value",
        "model_not_found",
        "not_found_error",
        "rate_limit_exceeded",
        "unknown_parameter",
        "unsupported_parameter",
        "unsupported_value",
        "upstream_unavailable",
        "validation_error",
    )
)


class ProxyError(Exception):
    """Ends a request with an error that OpenAI's clients understand.

    Parameters
    ----------
    message
        What was found, where, and what would be right.
    code
        Stable and machine-readable. ``recorded`` is what the audit record says: the same, unless a code that came
        from elsewhere is none that is known.
    param
        The field at fault, as a path such as ``messages[2].content``.
    headers
        Added to the answer.

    Attributes
    ----------
    cause
        Whose it is, so that an alarm can page on what is ours: ``caller``, ``limit`` (what the team may not do, or no
        more of), ``guardrail``, ``upstream`` (a service behind the proxy), ``proxy`` (its code, or how it was set up).
    """

    status = 500
    type = "server_error"
    cause = "proxy"

    def __init__(
        self, message: str, *, code: str, param: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.recorded = code
        self.param = param
        self.headers = list(headers)

    def body(self) -> bytes:
        """Return OpenAI's error object as JSON.

        Examples
        --------
        >>> NotFoundError("No such model.", code="model_not_found").body()
        b'{"error":{"message":"No such model.","type":"invalid_request_error","param":null,"code":"model_not_found"}}'
        """
        return json.dumps({"error": self.detail()}, separators=(",", ":")).encode()

    def detail(self) -> dict[str, str | None]:
        """Return the inside of the error object."""
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code}


class BadRequestError(ProxyError):
    """The request cannot be right as it stands."""

    cause = "caller"
    status = 400
    type = "invalid_request_error"


class ContentFilteredError(BadRequestError):
    """The guardrail blocked the input; the model was not called."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message, code="content_filter", param=param)


class ForbiddenError(ProxyError):
    """A right request that this team may not make."""

    cause = "limit"
    status = 403
    type = "permission_error"


class NotFoundError(ProxyError):
    """No such route or model."""

    cause = "caller"
    status = 404
    type = "invalid_request_error"


class MethodNotAllowedError(ProxyError):
    """The route exists; the method is another."""

    cause = "caller"
    status = 405
    type = "invalid_request_error"


class TooLargeError(ProxyError):
    """The body is over the model's limit."""

    cause = "caller"
    status = 413
    type = "invalid_request_error"


class UpstreamRefusedError(ProxyError):
    """bedrock-mantle said no; its status is passed on."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        param: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, code=code, param=param, headers=headers)
        self.recorded = code if code in _KNOWN else "upstream_refused"
        self.status = status
        self.cause = "caller" if 400 <= status < 500 and status != 429 else "upstream"
        self.type = (
            "rate_limit_error" if status == 429 else "invalid_request_error" if 400 <= status < 500 else "server_error"
        )


class UpstreamFailedError(ProxyError):
    """bedrock-mantle did not answer, or not in a form that can be guarded."""

    cause = "upstream"
    status = 502


class StructuredOutputError(UpstreamFailedError):
    """The model did not write the JSON that was asked for; ``reason`` says how, without any of what it wrote.

    The answer was paid for. Clients ask again after a 5xx, unasked and at the same price (OpenAI's twice, whatever a
    header says in most others), and no client does after a 422; whether to is the team's choice.
    """

    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The model's answer is not what response_format (or text.format) asks for: {reason}. Ask again, or make "
            "the schema simpler.",
            code="structured_output_mismatch",
            headers=[("x-should-retry", "false")],
        )


class GuardrailUnavailableError(ProxyError):
    """The guardrail gave no verdict, so there is no answer."""

    cause = "guardrail"
    status = 503

    def __init__(self, message: str, *, retry_after: int = 2) -> None:
        super().__init__(message, code="guardrail_unavailable", headers=[("Retry-After", str(retry_after))])


class GuardrailRefusedError(GuardrailUnavailableError):
    """The guardrail refused to be asked (HTTP 4xx), and will until the deployment is mended.

    No client asks again after a 424; after a 503 most do, and would pay for the model's answer each time.
    """

    status = 424

    def __init__(self, status: int) -> None:
        super().__init__(
            f"The guardrail refused to check this request (HTTP {status}), and nothing is answered without it. Asking "
            "again does not help: whoever runs this deployment has to look at its guardrail and the proxy's role."
        )
        self.headers = [("x-should-retry", "false")]


class BudgetSpentError(ProxyError):
    """The team, or this caller, has not so much left as the request may cost.

    OpenAI's clients ask again after any 429 unless a header says not to; asking again does not help before the month is
    over.
    """

    cause = "limit"
    status = 429
    type = "insufficient_quota"

    def __init__(self, message: str) -> None:
        super().__init__(message, code="insufficient_quota", headers=[("x-should-retry", "false")])


class TooFastError(ProxyError):
    """More than the team may ask for in a minute, or at once; later it may."""

    cause = "limit"
    status = 429
    type = "rate_limit_error"

    def __init__(self, message: str, *, retry_after: int, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, code="rate_limit_exceeded", headers=[("Retry-After", str(retry_after)), *headers])


class LedgerUnavailableError(ProxyError):
    """The ledger did not say that there is room, so the model is not called.

    Parameters
    ----------
    refused
        Whether it was asked and refused the function, so that asking again does not help.
    """

    cause = "upstream"
    status = 503

    def __init__(self, *, refused: bool = False) -> None:
        super().__init__(
            "The ledger of this team's budget refused to be asked, and nothing is spent that nobody counts. Whoever "
            "runs this deployment has to look at its table and the proxy's role."
            if refused
            else "The ledger of this team's budget did not answer, and nothing is spent that nobody counts. Try again.",
            code="ledger_unavailable",
            headers=[("Retry-After", "2")],
        )
        if refused:
            self.cause = "proxy"  # of how it was set up


class RetentionError(ProxyError):
    """What is sent to the model could be kept, so nothing is sent."""

    cause = "proxy"  # of how it was set up
    status = 503

    def __init__(self, message: str) -> None:
        super().__init__(message, code="retention_not_none", headers=[("Retry-After", "30")])


class StorageUnavailableError(ProxyError):
    """S3 did not give an image now; neither the guardrail nor the model has been asked."""

    cause = "upstream"
    status = 503


class ArchiveUnavailableError(ProxyError):
    """What the team has archived before it is released could not be, so it is not released."""

    cause = "upstream"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "This team's prompts and answers are archived before an answer is released, and the archive did not take "
            "this one. Try again; whoever runs this deployment sees in the records how often that happens.",
            code="archive_unavailable",
            headers=[("Retry-After", "2")],
        )


class DeadlineReachedError(ProxyError):
    """The function's time is over; what is unfinished stays unreleased."""

    cause = "upstream"
    status = 504

    def __init__(self) -> None:
        super().__init__(
            "The answer was not complete within the 15 minutes that one request may take. "
            "Ask for less at once: a lower output limit, or less reasoning.",
            code="deadline_reached",
            # What took all the time once would take it again, and be paid for again.
            headers=[("x-should-retry", "false")],
        )
