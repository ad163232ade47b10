"""The endpoint of execute-api, as functions of the teams' own reach it: the front door, asked as they asked.

A request that is signed is verified here, where it names the host that was signed, and signed anew for the door with
its signer's own key; the door then decides as it does for every caller. A bearer token is handed on as it is.
"""

from __future__ import annotations

import uuid

import aiohttp
from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.keys import Key
from local.signatures import Received

_CARRIED = ("content-type", "accept", "x-request-id")


async def answer(
    request: Received, door: str, signer: Key | None, session: aiohttp.ClientSession, region: str
) -> web.Response:
    """Ask the front door, and give its answer, whole.

    Parameters
    ----------
    request
        A request to `{api}.execute-api.{region}.amazonaws.com`.
    door
        The front door's base URL.
    signer
        Whose signature was verified; None for a bearer of a token.
    """
    api = (request.header("host") or "").partition(".")[0]
    url = f"{door}/{api}{request.target}"
    headers = {name: value for name in _CARRIED if (value := request.header(name))}
    if signer is None:
        headers["Authorization"] = request.header("authorization") or ""
    else:
        asked = AWSRequest(request.method, url, data=request.body, headers=headers)
        SigV4Auth(
            Credentials(signer.access_key, signer.secret_key, signer.session_token), "execute-api", region
        ).add_auth(asked)
        headers = dict(asked.headers.items())
    try:
        async with session.request(request.method, url, data=request.body or None, headers=headers) as found:
            return web.Response(status=found.status, body=await found.read(), content_type=found.content_type)
    except (TimeoutError, aiohttp.ClientError):
        return refusal(504, "Endpoint request timed out")


def refusal(status: int, reason: str) -> web.Response:
    """An answer of API Gateway's own."""
    return web.json_response({"message": reason}, status=status, headers={"x-amzn-RequestId": str(uuid.uuid4())})
