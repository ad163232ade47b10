"""A function's modules, compiled for the Python that it is deployed on: one file, which a cold start reads at once.

Lambda's ``/var/task`` is read-only, so a package of sources alone would be compiled anew at every cold start, which
takes longer than all the rest of it. The file bears the tag of the Python that it is for (``cpython-313.bytecode``),
and is used by that Python alone (``lambdas/proxy/__init__.py``); any other takes the sources, which lie beside it. What
is left out of it are docstrings, what is for type checkers and the columns in a traceback: they make up a third of it.
Its bytes depend on the sources and the minor version of Python alone.

Run as a script by the Python to compile for: the sources come in on standard input, the file goes out.
"""

from __future__ import annotations

import ast
import io
import marshal
import os
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Mapping
from types import CodeType

__all__ = ["PYTHON", "SOURCES", "compiled", "interpreter", "slim"]

PYTHON = "3.13"
"""The Python that the functions are deployed on."""
SOURCES = "sources.zip"
"""What the sources beside the bytecode lie in; Python imports from it as from a folder."""

_TAG = "import sys; print(sys.implementation.cache_tag, sys.version_info.releaselevel)"


def interpreter(version: str = PYTHON) -> str | None:
    """Find an interpreter of a version on this machine: CPython, ``3.13``. None if there is none."""
    for name in (sys.executable, f"python{version}"):
        found = shutil.which(name)
        if found is None:
            continue
        asked = subprocess.run([found, "-ISB", "-c", _TAG], capture_output=True, text=True, check=False)  # noqa: S603
        if asked.stdout.split() == [f"cpython-{version.replace('.', '')}", "final"]:
            return found
    return None


def compiled(sources: Mapping[str, bytes], python: str) -> tuple[str, bytes]:
    """Compile modules.

    Parameters
    ----------
    sources
        By full name: ``proxy.app``.
    python
        The interpreter to compile for, which does it.

    Returns
    -------
    str, bytes
        The file's name and content: the magic number of this Python's bytecode
        (https://docs.python.org/3/library/importlib.html#importlib.util.MAGIC_NUMBER), then a marshalled dict of code.

    Raises
    ------
    ValueError
        If a module cannot be compiled; the message is the compiler's.
    """
    done = subprocess.run(  # noqa: S603  # the interpreter that was asked for, with this file
        [python, "-sSB", "-X", "no_debug_ranges", __file__],
        input=marshal.dumps(dict(sorted(sources.items())), 2),
        capture_output=True,
        env={"PATH": os.defpath, "PYTHONHASHSEED": "0"},
        check=False,
    )
    if done.returncode:
        raise ValueError(f"the modules cannot be compiled by {python}: {done.stderr.decode(errors='replace')[-2000:]}")
    name, _, content = done.stdout.partition(b"\n")
    return name.decode(), content


def slim(source: bytes) -> bytes:
    """Return a module's source without docstrings, comments and what is for type checkers; every line where it was.

    Examples
    --------
    >>> slim(b"def one():  # 1\\n    'Say one.'\\n    return 1\\n")
    b'def one():\\n\\n    return 1\\n'
    """
    text = source.decode()
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    tree = ast.parse(text)
    for typing in _for_type_checkers(tree):
        lines[typing.lineno - 1 : typing.end_lineno] = [""] * ((typing.end_lineno or 0) - typing.lineno + 1)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is None:
            continue
        first = node.body[0]
        lines[first.lineno - 1 : first.end_lineno] = [""] * ((first.end_lineno or 0) - first.lineno + 1)
        if len(node.body) == 1:
            lines[first.lineno - 1] = " " * first.col_offset + "pass"
    return "\n".join(lines).encode()


def _for_type_checkers(tree: ast.Module) -> list[ast.If]:
    """The blocks ``if TYPE_CHECKING:`` of a module that sets it to False itself."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        and not node.orelse
    ]


def _compile(name: str, source: bytes) -> CodeType:
    tree = ast.parse(source, name)
    for typing in _for_type_checkers(tree):
        tree.body.remove(typing)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            arguments = node.args
            for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
                argument.annotation = None
            for other in (arguments.vararg, arguments.kwarg):
                if other is not None:
                    other.annotation = None
    # As tracebacks on Lambda would name it anyway. Level 2 leaves the docstrings out, and assertions, which are none.
    where = f"/var/task/{name.replace('.', '/')}.py"
    code: CodeType = compile(tree, where, "exec", dont_inherit=True, optimize=2)
    return code


def _main() -> None:
    from importlib.util import MAGIC_NUMBER

    sources: dict[str, bytes] = marshal.loads(sys.stdin.buffer.read())  # noqa: S302  # from the process that started this
    # All in one: what many modules name is written once.
    codes = {name: _compile(name, source) for name, source in sources.items()}
    out = sys.stdout.buffer
    out.write(f"{sys.implementation.cache_tag}.bytecode\n".encode() + MAGIC_NUMBER + marshal.dumps(codes))


if __name__ == "__main__":
    _main()
