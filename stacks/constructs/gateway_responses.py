"""The answers that API Gateway gives by itself, in the shape that OpenAI clients understand."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

_R = apigateway.ResponseType


@dataclass(frozen=True, slots=True)
class GatewayError:
    """One kind of refusal by API Gateway.

    Attributes
    ----------
    name
        Its name in the construct tree.
    kind
        API Gateway's name for it.
    status
        HTTP status; `None` leaves API Gateway's own.
    error_type, code
        ``type`` and ``code`` of the OpenAI error object.
    message
        What to do about it. A fixed sentence: API Gateway's own message may quote the Authorization header.
    """

    name: str
    kind: apigateway.ResponseType
    status: int | None
    error_type: str
    code: str
    message: str

    @property
    def body(self) -> str:
        """The OpenAI error object, as JSON."""
        error = {"message": self.message, "type": self.error_type, "param": None, "code": self.code}
        return json.dumps({"error": error}, separators=(",", ":"))


_KEY = "invalid_api_key"
_AUTH = "authentication_error"
_REQUEST = "invalid_request_error"
_SERVER = "server_error"

#: Every refusal that a caller can meet before the proxy is reached. The statuses are those that make the official
#: clients raise the right exception, and retry only where a retry can help.
GATEWAY_ERRORS = (
    GatewayError(
        "Unauthorized",
        _R.UNAUTHORIZED,
        401,
        _AUTH,
        _KEY,
        # One sentence for whatever is wrong with it: an authorizer cannot say more to the caller.
        "No bearer token was sent, or it was not accepted. A token lives for 15 minutes, is for one team's API, and is "
        "not taken when it is expired or made ahead of time: check this machine's clock, and make a new token with "
        "make -s token TEAM=<team>.",
    ),
    GatewayError(
        "MissingAuthentication",
        _R.MISSING_AUTHENTICATION_TOKEN,
        401,
        _AUTH,
        _KEY,
        "The request is not signed. This API takes requests signed with AWS Signature Version 4 (service execute-api); "
        "it takes no bearer token and no API key.",
    ),
    GatewayError(
        "InvalidSignature",
        _R.INVALID_SIGNATURE,
        401,
        _AUTH,
        _KEY,
        "The AWS signature does not match the request: check the secret key, the Region and the clock.",
    ),
    GatewayError(
        "ExpiredToken", _R.EXPIRED_TOKEN, 401, _AUTH, "expired_api_key", "The credentials have expired: get new ones."
    ),
    GatewayError(
        "AccessDenied",
        _R.ACCESS_DENIED,
        403,
        "permission_error",
        "access_denied",
        "This principal may not call this team's API, or the request did not come through the deployment's endpoint.",
    ),
    GatewayError(
        "AuthorizerFailure",
        _R.AUTHORIZER_FAILURE,
        503,
        _SERVER,
        "authorizer_unavailable",
        "The caller could not be identified just now; nothing was sent to a model. Try again.",
    ),
    GatewayError(
        "AuthorizerConfiguration",
        _R.AUTHORIZER_CONFIGURATION_ERROR,
        500,
        _SERVER,
        "authorizer_misconfigured",
        "The authorizer of this API is set up wrongly: tell the platform's operators.",
    ),
    GatewayError(
        "RequestTooLarge",
        _R.REQUEST_TOO_LARGE,
        413,
        _REQUEST,
        "request_too_large",
        "The request is over the 10 MB that the API takes. Send less text, or smaller images.",
    ),
    GatewayError(
        "Throttled", _R.THROTTLED, 429, "rate_limit_error", "rate_limit_exceeded", "Too many requests: slow down."
    ),
    GatewayError(
        "QuotaExceeded", _R.QUOTA_EXCEEDED, 429, "rate_limit_error", "quota_exceeded", "The request quota is used up."
    ),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    GatewayError(
        "IntegrationTimeout",
        _R.INTEGRATION_TIMEOUT,
        504,
        _SERVER,
        "timeout",
        "The answer took longer than 15 minutes, or nothing of it came for 5.",
    ),
    GatewayError(
        "IntegrationFailure",
        _R.INTEGRATION_FAILURE,
        502,
        _SERVER,
        "proxy_failure",
        "The proxy did not answer. Try again.",
    ),
    GatewayError(
        "ResourceNotFound", _R.RESOURCE_NOT_FOUND, 404, _REQUEST, "unknown_url", "There is no such path in this API."
    ),
    GatewayError(
        "Default4xx",
        _R.DEFAULT_4_XX,
        None,
        _REQUEST,
        "bad_request",
        # A bearer token where callers sign is an incomplete signature to API Gateway, for which there is no other kind.
        "The request was refused by the API. If this team's access is iam, a bearer token is not taken: sign the "
        "request with AWS Signature Version 4 (service execute-api).",
    ),
    GatewayError("Default5xx", _R.DEFAULT_5_XX, None, _SERVER, "internal_error", "The API failed. Try again."),
)
