"""What is printed has the form that its number takes: no "1 roles"."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = ("audit", "client", "lambdas", "local", "preflight", "review", "tools")
_COUNTS = frozenset({"len", "sum"})
_SEVERAL = re.compile(r" (?:[a-z-]+ )?[A-Za-z]+s\b")
#: A size against a limit, which is never one; and a number of a whole.
_NEVER_ONE = ("characters", "bytes", " of ")


def counted(source: str) -> list[str]:
    """Lines of a module in which a count stands before a noun that has the form of several.

    Examples
    --------
    >>> counted("said = f'{len(roles)} roles'"), counted("said = f'{len(roles)} of {most}'")
    (['1: {len(roles)} roles'], [])
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for before, value, text in zip([None, *node.values], node.values, node.values[1:], strict=False):
            if isinstance(before, ast.Constant) and str(before.value).endswith(" of "):
                continue  # a number of a whole has the whole's noun
            if not (isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant)):
                continue
            call = value.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _COUNTS:
                said = _SEVERAL.match(str(text.value))
                if said and not any(word in str(text.value)[: said.end() + 1] for word in _NEVER_ONE):
                    found.append(f"{value.lineno}: {{{ast.unparse(call)}}}{said.group()}")
    return found


def test_what_is_counted_has_the_form_that_the_number_takes() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}; use review.words.many, or audit.report.many"
        for folder in PRODUCT
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in counted(path.read_text("utf-8"))
    ]
    assert wrong == []
