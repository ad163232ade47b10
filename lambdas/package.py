"""The functions' packages: zip files whose bytes depend on the sources, and on nothing else of a machine but one thing.

The same commit gives the same bytes on every machine, so a package's hash says what runs, and a deployment changes
only what has changed. Nothing is installed: the functions need the standard library alone.

The one thing: beside its sources the proxy's package holds their bytecode, if the Python that it is deployed on is
there to compile them (:mod:`lambdas.bytecode`); the sources, which any other Python takes, then lie in one
``sources.zip`` of the package, without their comments. A package without bytecode does the same, and starts three times
as slowly. So there are two packages of a commit, and ``python -m tools.build`` says which one it wrote.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lambdas import bytecode
from lambdas.deflate import compress

__all__ = ["Packages", "build", "build_all"]

_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_DATE = 1 << 5 | 1  # 1 January 1980, the earliest that a zip file can hold, at 00:00
_VERSION = 20  # of the format, in tenths
_STORED, _DEFLATED = 0, 8
_UNIX = 3
_WRAPPER = "bootstrap"


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of the functions.

    Parameters
    ----------
    proxy, authorizer
        The zip files.
    compiled_by
        The interpreter that compiled the proxy's bytecode; None if there is none in the package.
    """

    proxy: Path
    authorizer: Path
    compiled_by: str | None


def build_all(root: Path, destination: Path, catalogue_json: bytes, python: str | None = None) -> Packages:
    """Build the packages of all functions.

    Parameters
    ----------
    root
        The project's folder, which holds ``lambdas/``.
    destination
        The folder to write ``proxy.zip`` and ``authorizer.zip`` into; made if need be.
    catalogue_json
        What the proxy finds as ``catalogue.json`` beside its package: `stacks.catalogue.Catalogue.as_json`.
    python
        The interpreter to compile for; the one of the functions' Python on this machine, if any, if None.
    """
    destination.mkdir(parents=True, exist_ok=True)
    python = None  # bytecode is left out until it can be read from sub-packages
    packages = Packages(destination / "proxy.zip", destination / "authorizer.zip", python)
    build(root / "lambdas" / "proxy", packages.proxy, {"catalogue.json": catalogue_json}, python)
    build(root / "lambdas" / "authorizer", packages.authorizer)
    return packages


def build(source: Path, destination: Path, extra: Mapping[str, bytes] = _NOTHING, python: str | None = None) -> str:
    """Write one function's package.

    The zip holds the source folder under its own name. A file named ``bootstrap`` in it goes to the root instead,
    where Lambda's ``AWS_LAMBDA_EXEC_WRAPPER`` finds it as ``/var/task/bootstrap``, and is the only executable: modes
    come from the name, since those of a checkout depend on the machine.

    Parameters
    ----------
    source
        The function's Python package.
    destination
        The zip file to write; replaced whole, or not at all.
    extra
        More files of the zip's root, by name.
    python
        The interpreter to compile the package's modules for; they are not compiled if None.

    Returns
    -------
    str
        The zip's SHA-256, in hexadecimal.

    Raises
    ------
    ValueError
        When the source holds nothing, or a link, or a name that is not ASCII or an extra's too.
    """
    entries = _files(source)
    if clash := sorted(entries.keys() & extra.keys()):
        raise ValueError(f"{source} already holds {', '.join(clash)}")
    if python:
        modules = {
            name.removesuffix(".py").replace("/", "."): content
            for name, content in entries.items()
            if name.endswith(".py") and not name.endswith("/__init__.py")
        }
        name, content = bytecode.compiled(modules, python)
        slim = {path: bytecode.slim(text) for path, text in entries.items() if path.endswith(".py")}
        first = f"{source.name}/__init__.py"
        entries = {path: content for path, content in entries.items() if path not in slim}
        entries[first] = slim.pop(first)
        entries[f"{source.name}/{name}"] = content
        # Not compressed by itself: within the package all of it is, as one, which takes a quarter less.
        inner = {path.removeprefix(f"{source.name}/"): text for path, text in slim.items()}
        entries[f"{source.name}/{bytecode.SOURCES}"] = _zip(inner, _STORED)
    entries.update(extra)
    data = _zip(entries)
    partial = destination.with_name(f"{destination.name}.{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(destination)
    return hashlib.sha256(data).hexdigest()


def _zip(entries: Mapping[str, bytes], method: int = _DEFLATED) -> bytes:
    """Write a zip file (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3), which `zipfile` reads.

    `zipfile` cannot be handed compressed data, and what it compresses itself depends on the machine's zlib.
    """
    body, directory = bytearray(), bytearray()
    for name in sorted(entries):
        encoded, content = name.encode("ascii"), entries[name]
        packed = compress(content) if method == _DEFLATED else content
        if method == _DEFLATED and zlib.decompress(packed, wbits=-15) != content:
            raise ValueError(f"{name} was not compressed right: this is a mistake in lambdas/deflate.py")
        about = struct.pack(
            "<5H3I2H", _VERSION, 0, method, 0, _DATE, zlib.crc32(content), len(packed), len(content), len(encoded), 0
        )
        mode = stat.S_IFREG | (0o755 if name == _WRAPPER else 0o644)
        place = struct.pack("<3H2I", 0, 0, 0, mode << 16, len(body))
        directory += b"PK\1\2" + struct.pack("<H", _UNIX << 8 | _VERSION) + about + place + encoded
        body += b"PK\3\4" + about + encoded + packed
    end = struct.pack("<4H2IH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\5\6" + end


def _files(source: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if any(part == "__pycache__" or part.startswith(".") for part in inside.parts) or path.suffix == ".pyc":
            continue
        if path.is_symlink():
            raise ValueError(f"{path} is a link: what it leads to may differ between machines")
        if path.is_file():
            files[_WRAPPER if inside == Path(_WRAPPER) else f"{source.name}/{inside.as_posix()}"] = path.read_bytes()
    if not files:
        raise ValueError(f"{source} holds no files to package")
    return files
