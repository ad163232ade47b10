"""The proxy's package, built and unpacked: a test starts what is deployed, not the folder of its sources."""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from lambdas.package import build

from ..world import catalogue_json

SOURCE = Path(__file__).parents[4] / "lambdas" / "proxy"


@cache
def built(python: str = sys.executable) -> bytes:
    """Build the package of the sources as they are now, compiled by an interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "proxy.zip")
        build(SOURCE, package, {"catalogue.json": catalogue_json()}, python)
        return package.read_bytes()


def unpack(package: bytes, root: Path) -> Path:
    """Unpack a package as Lambda does into ``/var/task``, modes included; return the folder."""
    with zipfile.ZipFile(io.BytesIO(package)) as zipped:
        for entry in zipped.infolist():
            Path(zipped.extract(entry, root)).chmod(entry.external_attr >> 16 & 0o777)
    return root
