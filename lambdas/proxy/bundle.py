"""The bytecode of all modules in one file, which is read at once.

Python's own importer looks for each module in its folder and opens a file of its own for it: for some 95 modules, 4 ms
of a cold start. `pack` writes the file when the package is built, `install` has it used when the function starts. Where
there is none, or one for another Python, the modules are imported from their sources.
"""

from __future__ import annotations

import marshal
import sys
from _frozen_importlib import ModuleSpec  # what importlib.machinery and importlib.util are made of, for 1 ms less
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

__all__ = ["install", "name", "pack"]

#: Bytes before the code in a compiled file, and those of them that say for which Python it is:
#: https://peps.python.org/pep-0552/#specification
_HEADER, _MAGIC = 16, 4
#: The form of `marshal` that every Python reads and writes alike (https://docs.python.org/3/library/marshal.html).
_FORM = 2


def name(tag: str) -> str:
    """Return the file's name in the package's folder, for a Python of this ``sys.implementation.cache_tag``."""
    return f"modules.{tag}"


def pack(compiled: Mapping[str, bytes]) -> bytes:
    """Put compiled files together.

    Parameters
    ----------
    compiled
        Of one Python, by the names of their sources below the package's folder, as in ``http/tls.py``.
    """
    (magic,) = {data[:_MAGIC] for data in compiled.values()}
    return magic + marshal.dumps({source: compiled[source][_HEADER:] for source in sorted(compiled)}, _FORM)


def install(package: str, folder: str) -> None:
    """Import a package's modules from the file in its folder from now on, if there is one for this Python.

    Parameters
    ----------
    package
        Its name.
    folder
        Where its modules lie.
    """
    file = f"{folder}/{name(sys.implementation.cache_tag)}"
    try:
        with open(file, "rb") as opened:  # noqa: PTH123  # pathlib would be one more import at cold start
            data = opened.read()
    except OSError:
        return
    if data[:_MAGIC] == MAGIC_NUMBER:
        codes = marshal.loads(memoryview(data)[_MAGIC:])  # noqa: S302  # as trusted as the package that it lies in
        sys.meta_path.insert(0, _Finder(package, folder, file, codes))


class _Finder:
    """Finds and loads the modules of one package: each once, so that what is loaded is not kept twice."""

    def __init__(self, package: str, folder: str, file: str, codes: dict[str, bytes]) -> None:
        self._prefix = f"{package}."
        self._folder = folder
        self._file = file
        self._codes = codes

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Say where a module's code is; None if it is not here."""
        if not fullname.startswith(self._prefix):
            return None
        inside = fullname[len(self._prefix) :].replace(".", "/")
        source, is_package = f"{inside}.py", False
        if source not in self._codes:
            source, is_package = f"{inside}/__init__.py", True
            if source not in self._codes:
                return None
        spec = ModuleSpec(
            fullname,
            self,  # type: ignore[arg-type]  # a loader, though its class is not derived from importlib's
            origin=f"{self._folder}/{source}",
            loader_state=source,
            is_package=is_package,
        )
        spec.has_location = True  # the origin is its ``__file__``
        spec.cached = self._file
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(f"{self._folder}/{inside}")
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make the module as it does."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        spec: ModuleSpec = module.__spec__  # type: ignore[assignment]  # while it is imported it has one
        exec(marshal.loads(self._codes.pop(spec.loader_state)), module.__dict__)  # noqa: S102,S302  # what an import is
