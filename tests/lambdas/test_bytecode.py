"""Guarantees: what is compiled beforehand is the sources, and is used by the Python that it is for alone."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambdas import bytecode, package

ROOT = Path(__file__).parents[2]
TAG = sys.implementation.cache_tag
TELL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import proxy.app, proxy.chat
print(json.dumps([type(sys.modules["proxy.app"].__spec__.loader).__name__, proxy.chat.__file__,
                  proxy.chat.prepare.__code__.co_filename, proxy.chat.prepare.__code__.co_firstlineno]))
"""


def unpacked(sources: Path, folder: Path, python: str | None) -> Path:
    package.build(sources, folder / "p.zip", {}, python)
    with zipfile.ZipFile(folder / "p.zip") as zipped:
        zipped.extractall(folder / "task")
    return folder / "task"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's sources, as they are when the tests begin."""
    copy = tmp_path_factory.mktemp("sources") / "proxy"
    return Path(shutil.copytree(ROOT / "lambdas" / "proxy", copy, ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture(scope="module")
def task(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is deployed, unpacked."""
    return unpacked(sources, tmp_path_factory.mktemp("deployed"), sys.executable)


def tell(task: Path) -> list[object]:
    done = subprocess.run([sys.executable, "-ISB", "-c", TELL, task], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_the_functions_take_the_compiled_modules(task: Path, sources: Path) -> None:
    loader, file, where, line = tell(task)
    assert (loader, file) == ("_Compiled", f"{task}/proxy/chat.py")
    assert where == "/var/task/proxy/chat.py"
    # Lines in a traceback are those of the repository.
    source = (sources / "chat.py").read_text().splitlines()
    assert isinstance(line, int)
    assert source[line - 1].startswith("def prepare(")
    with zipfile.ZipFile(task / "proxy" / bytecode.SOURCES) as beside:
        assert beside.read("chat.py").decode().splitlines()[line - 1] == source[line - 1]


def test_another_python_takes_the_sources(task: Path, tmp_path: Path) -> None:
    task = Path(shutil.copytree(task, tmp_path / "task"))
    compiled = task / "proxy" / f"{TAG}.bytecode"
    compiled.write_bytes(b"\0\0\r\n" + compiled.read_bytes()[4:])
    archive = f"{task}/proxy/{bytecode.SOURCES}"
    assert tell(task)[:2] == ["zipimporter", f"{archive}/chat.py"]
    compiled.unlink()
    assert tell(task)[:2] == ["zipimporter", f"{archive}/chat.py"]


def test_the_archive_holds_every_module_and_nothing_else(task: Path, sources: Path) -> None:
    with zipfile.ZipFile(task / "proxy" / bytecode.SOURCES) as beside:
        assert sorted(beside.namelist()) == sorted(
            path.name for path in sources.glob("*.py") if path.name != "__init__.py"
        )
    assert sorted(path.name for path in (task / "proxy").iterdir()) == [
        "__init__.py",
        f"{TAG}.bytecode",
        bytecode.SOURCES,
    ]


def test_the_same_sources_give_the_same_bytes(task: Path, sources: Path, tmp_path: Path) -> None:
    unpacked(sources, tmp_path, sys.executable)
    assert (tmp_path / "p.zip").read_bytes() == (task.parent / "p.zip").read_bytes()


def _for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not node.orelse


def test_sources_lose_what_does_nothing_alone() -> None:
    for path in sorted((ROOT / "lambdas" / "proxy").glob("*.py")):
        source = path.read_bytes()
        slim = bytecode.slim(source)
        assert slim.count(b"\n") == source.count(b"\n")
        before, after = ast.parse(source), ast.parse(slim)
        before.body = [node for node in before.body if not _for_type_checkers(node)]
        for tree in (before, after):
            for node in ast.walk(tree):
                body = getattr(node, "body", None)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and body:
                    if ast.get_docstring(node, clean=False) is not None:
                        del node.body[0]
                    node.body = [item for item in node.body if not isinstance(item, ast.Pass)]
        assert ast.dump(before) == ast.dump(after), path


def test_no_assertion_is_lost() -> None:
    """They are left out of what is compiled, so the proxy must not rest on any."""
    for path in sorted((ROOT / "lambdas" / "proxy").glob("*.py")):
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_bytes()))), path


def test_it_is_compiled_for_the_python_that_is_deployed() -> None:
    runtime = f"Runtime.PYTHON_{bytecode.PYTHON.replace('.', '_')}"
    assert runtime in (ROOT / "stacks" / "constructs" / "function.py").read_text()


def test_the_interpreter_is_of_the_version_or_none() -> None:
    assert bytecode.interpreter(f"{sys.version_info[0]}.{sys.version_info[1]}") is not None
    assert bytecode.interpreter("3.2") is None


def test_what_cannot_be_compiled_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"cannot be compiled(?s:.*)SyntaxError"):
        bytecode.compiled({"proxy.a": b"def :\n"}, sys.executable)


@pytest.mark.skipif(bytecode.interpreter() is None, reason=f"no Python {bytecode.PYTHON} here to compile for")
def test_the_deployed_package_is_small(tmp_path: Path) -> None:
    package.build_all(ROOT, tmp_path, b'{"models": {}}')
    assert (tmp_path / "proxy.zip").stat().st_size < 200_000
