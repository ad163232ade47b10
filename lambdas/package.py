"""The functions' packages: zip files of sources, and of their bytecode if the Python to compile it is on this machine.

The same commit gives the same bytes wherever it is built by the same Python, so a package's hash says what runs, and a
deployment changes only what has changed. Nothing is installed: the functions need the standard library alone.

Lambda's ``/var/task`` is read-only: without bytecode every cold start compiles the sources anew. So there are two kinds
of package of a commit, and whoever makes one says which (`Packages.kind`, `notice`): see ``docs/packages.md``.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lambdas import interpreters

__all__ = ["COMPILED", "UNCOMPILED", "Packages", "archive", "build", "build_all", "digest", "notice", "sources"]

COMPILED = f"with bytecode for Python {interpreters.PYTHON}"
UNCOMPILED = f"without bytecode for Python {interpreters.PYTHON}"
"""The kinds of package."""

_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can hold
_UNIX = 3
_WRAPPER = "bootstrap"
_COMPILE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of the functions.

    Parameters
    ----------
    proxy, authorizer
        The zip files.
    kind
        `COMPILED` or `UNCOMPILED`.
    """

    proxy: Path
    authorizer: Path
    kind: str


def notice(kind: str) -> str:
    """Return the line that says which kind of packages was made; what it costs, and the cure."""
    line = f"the functions' packages are {kind}"
    if kind == COMPILED:
        return f"{line}, as they should be deployed"
    return (
        f"{line}, which was not found here: each cold start takes about 100 ms longer. The cure: install Python "
        f"{interpreters.PYTHON} (docs/packages.md says how), and type the same again"
    )


def build_all(root: Path, destination: Path, catalogue_json: bytes) -> Packages:
    """Build the packages of all functions.

    Parameters
    ----------
    root
        The project's folder, which holds ``lambdas/``.
    destination
        The folder to write ``proxy.zip`` and ``authorizer.zip`` into; made if need be.
    catalogue_json
        What the proxy finds as ``catalogue.json`` beside its package: `stacks.catalogue.Catalogue.as_json`. The file
        ``code`` there is what its records call all of this.
    """
    destination.mkdir(parents=True, exist_ok=True)
    python = interpreters.find()
    packages = Packages(destination / "proxy.zip", destination / "authorizer.zip", COMPILED if python else UNCOMPILED)
    proxy = root / "lambdas" / "proxy"
    extra = {"catalogue.json": catalogue_json}
    build(proxy, packages.proxy, extra | {"code": digest(sources(proxy) | extra).encode()}, python)
    build(root / "lambdas" / "authorizer", packages.authorizer, python=python)
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
        The interpreter to compile the package's modules with; they are not compiled if None.

    Returns
    -------
    str
        The zip's SHA-256, in hexadecimal.

    Raises
    ------
    ValueError
        When the source holds nothing, or a link, or an extra's name, or a module that cannot be compiled.
    """
    entries = sources(source)
    if clash := sorted(entries.keys() & extra.keys()):
        raise ValueError(f"{source} already holds {', '.join(clash)}")
    entries |= (_bytecode(entries, python) if python else {}) | dict(extra)
    return archive(destination, entries)


def archive(destination: Path, entries: Mapping[str, bytes]) -> str:
    """Write a zip file, the same bytes for the same entries; return its SHA-256, in hexadecimal.

    Parameters
    ----------
    destination
        The file to write; replaced whole, or not at all.
    entries
        The files in it, by name.
    """
    data = io.BytesIO()
    # Not compressed: what a machine's zlib makes of the same bytes depends on its version.
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(entries):
            about = zipfile.ZipInfo(name, _DATE)
            about.create_system = _UNIX
            about.external_attr = (stat.S_IFREG | (0o755 if name == _WRAPPER else 0o644)) << 16
            package.writestr(about, entries[name])
    partial = destination.with_name(f"{destination.name}.{os.getpid()}")
    partial.write_bytes(data.getvalue())
    partial.replace(destination)
    return hashlib.sha256(data.getvalue()).hexdigest()


def sources(source: Path) -> dict[str, bytes]:
    """Return the files of a folder by their names in a package, below the folder's own; caches are none of them.

    Raises
    ------
    ValueError
        When it holds nothing, or a link.
    """
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


def digest(entries: Mapping[str, bytes]) -> str:
    """Return what the function's records call its code: the SHA-256 of its sources, whoever compiled them.

    Parameters
    ----------
    entries
        The files, by name.

    Examples
    --------
    >>> digest({"a.py": b"A = 1"})[:16]
    'ce50d1a5c314d70a'
    """
    made = hashlib.sha256()
    for name in sorted(entries):
        made.update(f"{name}\0{len(entries[name])}\0".encode() + entries[name])
    return made.hexdigest()


def _bytecode(entries: Mapping[str, bytes], python: str) -> dict[str, bytes]:
    """Compile modules: what Python takes without a look at the sources' dates, since a zip file has others (PEP 552).

    Tracebacks name the files as they do on Lambda, wherever this is built.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(entries):
            if name.endswith(".py"):
                file = Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(entries[name])
        compileall = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        done = subprocess.run(  # noqa: S603  # the interpreter that was asked for
            [python, "-sSBP", *compileall, "-s", folder, "-p", "/var/task", folder],
            capture_output=True,
            text=True,
            env={"PATH": os.defpath, "PYTHONHASHSEED": "0"},
            check=False,
            timeout=_COMPILE_SECONDS,
        )
        if done.returncode:
            said = (done.stdout + done.stderr)[-2000:]
            raise ValueError(f"the modules cannot be compiled by {python}: {said}")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*.pyc")}
