"""What shows the team's API who calls, made anew for each request: a token, or a signature."""

from __future__ import annotations

from collections.abc import Callable

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from .api import Api
from .mint import mint

__all__ = ["authorize"]


def authorize(
    api: Api, now: Callable[[], ReadOnlyCredentials], method: str, url: str, content_type: str | None, body: bytes
) -> dict[str, str]:
    """Return the headers to send with a request.

    Parameters
    ----------
    api
        The API that is called.
    now
        Gives the caller's credentials.
    method, url, content_type, body
        The request, as it will be sent.

    Raises
    ------
    AccessError
        There are no credentials, or they are none of a role.

    Examples
    --------
    >>> role = ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE00", "secret", "session")
    >>> url = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1"
    >>> api = Api(url, "a1b2c3d4e5", "us-east-1", "iam")
    >>> sorted(authorize(api, lambda: role, "GET", f"{url}/models", None, b""))
    ['Authorization', 'X-Amz-Date', 'X-Amz-Security-Token']
    """
    if api.access == "token":
        return {"Authorization": f"Bearer {mint(now(), api.region, api.id)}"}
    kept = {"Content-Type": content_type} if content_type else {}
    request = AWSRequest(method, url, data=body, headers=kept)
    SigV4Auth(now(), "execute-api", api.region).add_auth(request)
    return {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
