"""The examples in the docstrings of the tree: found, not listed, so that none is left out."""

from __future__ import annotations

import doctest
import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.clone import ROOT

__all__ = ["examples", "modules", "run"]

_PROMPT = re.compile(r"^\s*>>> ", re.MULTILINE)
#: What commands make, and the live settings: no source of the product.
_OTHER = {"build", "cdk.out", "node_modules", "teams", "deployments"}


def modules() -> list[str]:
    """Return every module of the tree that holds an example, by its dotted name."""
    tops = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in _OTHER]
    files = [*ROOT.glob("*.py"), *(path for top in tops for path in top.rglob("*.py"))]
    return sorted(_name(path) for path in files if _PROMPT.search(path.read_text(encoding="utf-8")))


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def examples(name: str) -> list[doctest.DocTest]:
    """Return the docstrings of a module that hold examples.

    Raises
    ------
    AssertionError
        An example stands where doctest does not find it, as in a comment or below an attribute: it would never be run.
    """
    module: ModuleType = importlib.import_module(name)
    found = [test for test in doctest.DocTestFinder().find(module, name) if test.examples]
    written = len(_PROMPT.findall(Path(str(module.__file__)).read_text(encoding="utf-8")))
    ready = sum(len(test.examples) for test in found)
    assert ready == written, f"{name}: {written} examples are written and {ready} can be run: put them in docstrings"
    return found


def run(test: doctest.DocTest, names: Mapping[str, Any] | None = None) -> None:
    """Run the examples of a docstring, with more names than its module has; each must print what it says."""
    test.globs.update(names or {})
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.failed == 0, "".join(said)
