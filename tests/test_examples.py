"""Every example in the tree does what it says; those of the constructs, which need a stack, in their own folder."""

import sys
from pathlib import Path

import pytest

from tests import examples
from tests.clone import copy_settings

CONSTRUCTS = "stacks.constructs."
CACHED = f"""from functools import cache

@cache
def f():
    '''Doc.

    {">>>"} f()
    1
    '''
    return 1
"""
MODULES = [name for name in examples.modules() if not name.startswith(CONSTRUCTS)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy_settings(tmp_path))
    for test in examples.examples(name):
        examples.run(test)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"""Doc.\n\n>>> 1 + 1\n3\n"""\n', "Expected:\n    3\nGot:\n    2\n"),
        ('"""Doc.\n\n>>> missing()\n"""\n', "NameError: name 'missing' is not defined"),
        ('"""Doc."""\n\nWORD = 1\n"""An attribute.\n\n>>> WORD\n1\n"""\n', "1 examples are written and 0 can be run"),
        ("#: >>> 1 + 1\n# >>> 1 + 1\n", None),
        ('"""Doc.\n\n>>> 1 + 1\n2\n"""\n', None),
        (CACHED, None),
    ],
)
def test_an_example_that_does_not_hold_or_is_never_run_is_seen(
    text: str, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "exampled.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "exampled", raising=False)

    def check() -> None:
        for test in examples.examples("exampled"):
            examples.run(test)

    if reason is None:
        check()
    else:
        with pytest.raises(AssertionError) as seen:
            check()
        assert reason in str(seen.value)


def test_the_tree_is_looked_through() -> None:
    found = set(examples.modules())
    assert {"lambdas.proxy.services.sigv4", "stacks.settings", "stacks.constructs.api", "client.mint"} <= found
    assert {name.partition(".")[0] for name in found} >= {"client", "lambdas", "local", "review", "stacks"}
