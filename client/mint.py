"""The bearer token: a presigned ``sts:GetCallerIdentity``, signed over the id of the one API that it is for.

It is made here, from the caller's own AWS credentials, without asking anybody. See ``docs/tokens.md``.
"""

from __future__ import annotations

import base64
import datetime
import re

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from .errors import MintError

__all__ = ["MAXIMUM", "PREFIX", "mint"]

MAXIMUM = 900
"""Seconds that a token may be valid: AWS STS takes none that is older."""

PREFIX = "cloister-"
_API_ID = re.compile(r"[a-z0-9]{1,64}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


def mint(
    credentials: ReadOnlyCredentials,
    region: str,
    api_id: str,
    expires: int = MAXIMUM,
    now: datetime.datetime | None = None,
) -> str:
    """Make a token.

    Parameters
    ----------
    credentials
        A role's credentials: ``access_key``, ``secret_key`` and ``token``.
    region
        The Region of the API.
    api_id
        The API that the token is for; it opens no other.
    expires
        Seconds until it ends, 900 at most.
    now
        The time, with its zone; that of the clock when left out.

    Raises
    ------
    MintError
        When no token that would be accepted can be made of these.

    Examples
    --------
    >>> mint(ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE00", "secret", "session"), "us-east-1", "a1b2c3d4e5")[:23]
    'cloister-aHR0cHM6Ly9zdH'
    """
    if not 1 <= expires <= MAXIMUM:
        raise MintError(f"--expires {expires}: a token is valid for 1 to {MAXIMUM} seconds")
    if not _REGION.fullmatch(region):
        raise MintError("the Region must be a Region's name, such as us-east-1")
    if not _API_ID.fullmatch(api_id):
        raise MintError("the API's id must be lower-case letters and digits, such as a1b2c3d4e5")
    if not credentials.token:
        raise MintError(
            "these are long-term keys of an IAM user or of the account's root, and only roles may call: "
            "use the credentials of a role that the team's file names (--profile)"
        )
    request = AWSRequest(
        "GET",
        f"https://sts.{region}.amazonaws.com/",
        headers={"x-cloister-api": api_id},
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
    )
    # What botocore's add_auth does, but for the clock, and for the debug log, which would hold the session token.
    signer = SigV4QueryAuth(credentials, "sts", region, expires=expires)
    request.context["timestamp"] = (now or datetime.datetime.now(datetime.UTC)).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    signed = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(signed, request))
    return PREFIX + base64.urlsafe_b64encode(request.url.encode()).rstrip(b"=").decode()
