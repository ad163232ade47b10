"""What is shared by the workers of a run is made once, whole, and told apart by all that decides it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sharing import once


def _make(folder: Path) -> None:
    with (folder / "times").open("a") as times:
        times.write("x")


def test_it_is_made_once_for_all_that_come_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    # Each opens the lock for itself, as processes do: that is what the lock is of.
    with ThreadPoolExecutor(4) as several:
        folders = set(several.map(lambda _: once(tmp_path_factory, "several", _make), range(4)))
    assert [(folder / "times").read_text() for folder in folders] == ["x"]


def test_what_is_decided_otherwise_is_another(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert once(tmp_path_factory, "one", _make) != once(tmp_path_factory, "another", _make)


def test_what_failed_is_made_again_from_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    def fail(folder: Path) -> None:
        _make(folder)
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        once(tmp_path_factory, "failing", fail)
    assert (once(tmp_path_factory, "failing", _make) / "times").read_text() == "x"
