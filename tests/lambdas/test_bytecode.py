"""Guarantees: the built package imports as the sources do, folders included, and its bytecode is used."""

from __future__ import annotations

import json
import marshal
import shutil
import subprocess
import sys
from pathlib import Path
from types import CodeType

import pytest

from lambdas import interpreters
from lambdas.package import build
from tests.lambdas.proxy.support.package import SOURCE, built, unpack

ROOT = Path(__file__).parents[2]
TAG = sys.implementation.cache_tag
#: Imports every module of the package but those that start something, and tells where each was found.
IMPORT = """
import json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import proxy
names = [module.name for module in pkgutil.walk_packages(proxy.__path__, "proxy.")]
for name in names: __import__(name)
print(json.dumps({name: [sys.modules[name].__file__, sys.modules[name].__cached__] for name in ["proxy", *names]}))
"""
TELL = "import sys; sys.path.insert(0, sys.argv[1]); from proxy.inner.b import told; print(told())"


def run(task: Path, code: str) -> subprocess.CompletedProcess[str]:
    """As the wrapper starts the function: nothing but the package and the standard library can be imported."""
    return subprocess.run([sys.executable, "-ISB", "-c", code, str(task)], capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A function with a folder in it."""
    folder = tmp_path / "proxy"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""A function."""\n')
    (folder / "a.py").write_text("A = 1\n")
    (folder / "inner" / "__init__.py").write_text("from .b import told\n")
    (folder / "inner" / "b.py").write_text("from ..a import A\n\n\ndef told():\n    return A\n")
    return folder


def packaged(source: Path, root: Path, python: str | None = sys.executable) -> Path:
    build(source, root / "p.zip", python=python)
    return unpack((root / "p.zip").read_bytes(), root / "task")


def test_every_module_of_the_proxy_imports_from_its_package_and_is_compiled(tmp_path: Path) -> None:
    done = run(unpack(built(), tmp_path), IMPORT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    sources = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
    assert sorted(found.values()) == sorted(
        [
            str(tmp_path / "proxy" / path),
            str(tmp_path / "proxy" / path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc"),
        ]
        for path in sources
    )
    assert all(Path(cached).is_file() for _, cached in found.values())


def test_a_folder_of_the_function_imports_from_the_package(source: Path, tmp_path: Path) -> None:
    done = run(packaged(source, tmp_path), TELL)
    assert done.stdout == "1\n", done.stderr


@pytest.mark.parametrize("line", ["from lambdas.proxy.a import A\n", "from proxy.gone import A\n"])
def test_an_import_that_needs_more_than_the_package_does_not_pass(line: str, source: Path, tmp_path: Path) -> None:
    (source / "inner" / "b.py").write_text(line)
    done = run(packaged(source, tmp_path), IMPORT)
    assert done.returncode != 0
    assert "ModuleNotFoundError" in done.stderr


def test_python_takes_the_bytecode_whatever_the_dates(source: Path, tmp_path: Path) -> None:
    task = packaged(source, tmp_path)
    (task / "proxy" / "a.py").write_text("A = 2\n")
    assert run(task, TELL).stdout == "1\n"


def test_a_python_that_it_is_not_compiled_for_takes_the_sources(source: Path, tmp_path: Path) -> None:
    task = packaged(source, tmp_path)
    for file in list(task.rglob("*.pyc")):
        file.rename(file.with_name(file.name.replace(TAG, "cpython-39")))
    assert run(task, TELL).stdout == "1\n"
    shutil.rmtree(task)
    assert run(packaged(source, tmp_path, None), TELL).stdout == "1\n"


def test_bytecode_names_its_file_as_on_lambda(source: Path, tmp_path: Path) -> None:
    data = (packaged(source, tmp_path) / "proxy" / "inner" / "__pycache__" / f"b.{TAG}.pyc").read_bytes()
    # After the header: https://peps.python.org/pep-0552/#specification
    codes = [marshal.loads(data[16:])]  # noqa: S302  # from the compiler
    codes += [constant for constant in codes[0].co_consts if isinstance(constant, CodeType)]
    assert [(code.co_name, code.co_filename) for code in codes] == [
        ("<module>", "/var/task/proxy/inner/b.py"),
        ("told", "/var/task/proxy/inner/b.py"),
    ]


def test_a_module_that_cannot_be_compiled_is_an_error(source: Path, tmp_path: Path) -> None:
    (source / "inner" / "b.py").write_text("def :\n")
    with pytest.raises(ValueError, match=r"cannot be compiled by (?s:.*)/var/task/proxy/inner/b\.py(?s:.*)SyntaxError"):
        packaged(source, tmp_path)
    assert not (tmp_path / "p.zip").exists()


def test_it_is_compiled_for_the_python_that_is_deployed() -> None:
    runtime = f"Runtime.PYTHON_{interpreters.PYTHON.replace('.', '_')}"
    assert runtime in (ROOT / "stacks" / "constructs" / "function.py").read_text()


def test_the_package_holds_no_library_by_mistake() -> None:
    assert len(built()) < 2_000_000
