"""Lines of every version, as they were written: each stays valid, and each chain whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SAMPLES = sorted(Path(__file__).parent.glob("v*.jsonl"))


@cache
def lines(version: int) -> list[str]:
    """The lines of a version."""
    return (Path(__file__).parent / f"v{version}.jsonl").read_text(encoding="utf-8").splitlines()
