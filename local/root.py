"""The secrets of a run: the key of the embedded account's root user, and the word that opens the kit's own controls.

Both are random, made when the embedded AWS is first started and forgotten by `make down`. Whoever does not have them is
a stranger to this deployment, be it a web page or another user of the machine. They are written to files that their
owner alone can read, and passed on in environments and headers, never on a command line.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.keys import Key
from local.state import State

FILE = "root.json"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class NoRootError(Exception):
    """There is no run: its key was not made yet, or was forgotten."""


def ensure(state: State, arn: str, account: str) -> Key:
    """Return the run's root key; made anew when there is none, or when it is of another account or partition.

    A new account has a new key for a reason: the CDK CLI remembers which account a key belongs to.

    Parameters
    ----------
    arn
        The root user's, such as `arn:aws:iam::000000000000:root`.
    account
        Its account.
    """
    known = _read(state)
    if known is not None and (known.arn, known.account) == (arn, account):
        return known
    made = Key(
        access_key="AKIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        secret_key=secrets.token_urlsafe(30),
        session_token=None,
        arn=arn,
        account=account,
        user_id=account,
    )
    state.write(FILE, {**asdict(made), "control": secrets.token_urlsafe(30)})
    return made


def key(state: State) -> Key:
    """Return the run's root key.

    Raises
    ------
    NoRootError
        There is none.
    """
    found = _read(state)
    if found is None:
        raise NoRootError(f"{state.directory / FILE} is not there or damaged; type: make up")
    return found


def control(state: State) -> Mapping[str, str]:
    """Return the header that opens the kit's own controls.

    Raises
    ------
    NoRootError
        There is no run.
    """
    key(state)
    return {"Authorization": f"Bearer {state.read(FILE)['control']}"}


def controls(state: State, authorization: str | None) -> bool:
    """Whether a request's `Authorization` opens the kit's own controls."""
    try:
        wanted = control(state)["Authorization"]
    except NoRootError:
        return False
    return secrets.compare_digest(wanted.encode(), (authorization or "").encode())


def sign(
    root: Key,
    service: str,
    region: str,
    method: str,
    url: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the headers of a request to the embedded AWS, signed with the root key.

    Parameters
    ----------
    headers
        Further headers, to be sent as they are.
    """
    request = AWSRequest(method, url, data=body, headers=dict(headers or {}))
    flavour: Any = S3SigV4Auth if service == "s3" else SigV4Auth
    flavour(Credentials(root.access_key, root.secret_key, root.session_token), service, region).add_auth(request)
    return dict(request.headers.items())


def _read(state: State) -> Key | None:
    found = state.read(FILE)
    texts = ("access_key", "secret_key", "arn", "account", "control")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) and found[name] for name in texts):
        return None
    return Key(found["access_key"], found["secret_key"], None, found["arn"], found["account"], found["account"])
