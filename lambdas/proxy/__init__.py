"""The team's proxy function: OpenAI's API in front, Gemma 4 on Amazon Bedrock behind, guarded on both sides."""

from __future__ import annotations

import sys
from marshal import loads  # built in, as sys is

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any


class _Compiled:
    """Finds the package's modules in the one file that the build compiled them into (``lambdas/bytecode.py``)."""

    def __init__(self, codes: dict[str, CodeType]) -> None:
        self._codes = codes

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        del path, target
        if name not in self._codes or __spec__ is None:
            return None
        kind: Any = type(__spec__)
        spec = kind(name, self, origin=f"{_here()}/{name.rpartition('.')[2]}.py")
        spec.has_location = True
        return spec

    def create_module(self, spec: object) -> None:
        del spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self._codes.pop(module.__name__), module.__dict__)  # noqa: S102  # from the package itself


def _here() -> str:
    return __file__.rpartition("/")[0]


def _use_compiled() -> None:
    try:
        with open(f"{_here()}/{sys.implementation.cache_tag}.bytecode", "rb") as file:  # noqa: PTH123
            data = file.read()
    except OSError:
        data = b""
    magic: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
    if data.startswith(magic):
        sys.meta_path.insert(0, _Compiled(loads(memoryview(data)[len(magic) :])))  # noqa: S302
    else:  # another Python's, or none: the sources, which lie in an archive if they do not lie here
        __path__.append(f"{_here()}/sources.zip")


_use_compiled()
