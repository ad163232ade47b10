"""The page about canaries names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAMED = re.compile(r"`([a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "canary.md").read_text())
    files = list((ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    for file, name in named:
        holding = [path for path in files if path.as_posix().endswith(f"/{file}")]
        assert any(f"def {name}(" in path.read_text() for path in holding), f"{file}::{name}"
