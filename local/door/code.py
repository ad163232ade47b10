"""Fetches a function's package from the embedded AWS and unpacks it, as Lambda does into /var/task."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

from local.door.deployed import Account, Function


def unpack(package: bytes, sha: str, directory: Path) -> Path:
    """Unpack a package into a directory named after its digest; one that is there already is left as it is.

    Parameters
    ----------
    package
        The zip file.
    sha
        Base64 SHA-256 that it must have.
    directory
        Where the directories of all packages are.

    Raises
    ------
    ValueError
        When the digest is another, or an entry points outside the package.
    """
    digest = hashlib.sha256(package)
    if base64.b64encode(digest.digest()).decode() != sha:
        raise ValueError(f"the package's SHA-256 is {digest.hexdigest()}, which is not the function's CodeSha256 {sha}")
    target = directory / digest.hexdigest()
    if target.is_dir():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=directory, prefix=".new-"))
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            for entry in archive.infolist():
                place = (draft / entry.filename).resolve()
                if not place.is_relative_to(draft.resolve()):
                    raise ValueError(f"the package's entry {entry.filename!r} points outside of it")
                archive.extract(entry, draft)
                # zipfile forgets modes; the wrapper script has to stay executable.
                mode = entry.external_attr >> 16 & 0o777
                if mode and not entry.is_dir():
                    place.chmod(mode)
        draft.chmod(0o755)
        draft.replace(target)
    except OSError:
        if not target.is_dir():  # else somebody else was faster with the same bytes
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def fetch(account: Account, function: Function, directory: Path) -> Path:
    """Give the directory with the function's code, fetching it first when it is not there."""
    known = directory / base64.b64decode(function.sha).hex()
    if known.is_dir():
        return known
    return unpack(account.download(function), function.sha, directory)
