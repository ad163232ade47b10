"""The credentials that the stand-ins know: one file for each access key, readable by its owner only.

AWS looks an access key up in IAM; on this machine the directory `.local/keys` is that table. A key which has no
file there is unknown, and an unknown key is a refusal. All keys in it were made for this machine and are worth
nothing elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

_KEY_ID = re.compile(r"[A-Za-z0-9_]{4,128}")


@dataclass(frozen=True, slots=True)
class Key:
    """An access key and whom it belongs to.

    Parameters
    ----------
    access_key, secret_key, session_token
        The credentials; `session_token` is None for a long-term key.
    arn
        What `sts:GetCallerIdentity` answers for it, such as
        `arn:aws:sts::000000000000:assumed-role/atlas-developer/tour`.
    account
        The twelve digits of its account.
    user_id
        The unique id that STS names beside the ARN, such as `AROA…:tour`.
    role
        ARN of the role behind a session, with its path, which `arn` does not tell; empty where it is not known.
    policies
        The role's own policies, as JSON.
    """

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(repr=False)
    arn: str
    account: str
    user_id: str = ""
    role: str = ""
    policies: tuple[str, ...] = ()


class Keys:
    """The directory of known keys.

    Example
    -------
    >>> import tempfile, pathlib
    >>> keys = Keys(pathlib.Path(tempfile.mkdtemp()))
    >>> keys.add(Key("ASIAEXAMPLE", "secret", "token", "arn:aws:sts::1:assumed-role/r/s", "1"))
    >>> keys.find("ASIAEXAMPLE").account
    '1'
    >>> keys.find("ASIANOBODY") is None
    True
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, key: Key) -> None:
        """Write the key's file, mode 0600, replacing one of the same id in one step."""
        if not _KEY_ID.fullmatch(key.access_key):
            raise ValueError(f"access key id {key.access_key!r} is not letters, digits and underscores")
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file 0600 from its first byte on.
        handle, name = tempfile.mkstemp(dir=self._directory, prefix=".", suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(key), file)
        Path(name).replace(self._directory / f"{key.access_key}.json")

    def find(self, access_key: str) -> Key | None:
        """Give the key with this id, or None when nobody on this machine was given it."""
        if not _KEY_ID.fullmatch(access_key):
            return None
        try:
            stored = json.loads((self._directory / f"{access_key}.json").read_text(encoding="utf-8"))
            return Key(
                access_key=stored["access_key"],
                secret_key=stored["secret_key"],
                session_token=stored.get("session_token"),
                arn=stored["arn"],
                account=stored["account"],
                user_id=stored.get("user_id") or "",
                role=stored.get("role") or "",
                policies=tuple(stored.get("policies") or ()),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # Not there, or damaged: either way nobody who is known.
            return None

    def remove(self, access_key: str) -> None:
        """Forget a key: whoever presents it from now on is refused."""
        if _KEY_ID.fullmatch(access_key):
            (self._directory / f"{access_key}.json").unlink(missing_ok=True)
