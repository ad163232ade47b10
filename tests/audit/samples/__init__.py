"""Lines of every version, as they were written: each stays valid, and each chain whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path

#: Those of each version's first day (`v1.jsonl`), and later ones with the fields that came since (`v1-DAY.jsonl`); each
#: with the public key of its signatures.
SAMPLES = sorted(Path(__file__).parent.glob("v*.jsonl"), key=lambda path: path.stem)


def version(path: Path) -> int:
    """Which version a file of samples is of."""
    return int(path.stem.partition("-")[0].removeprefix("v"))


@cache
def lines(of: int) -> list[str]:
    """The lines of a version, those of its first day first."""
    texts = [path.read_text(encoding="utf-8") for path in SAMPLES if version(path) == of]
    return [line for text in texts for line in text.splitlines()]
