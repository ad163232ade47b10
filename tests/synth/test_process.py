"""A process that makes a share is waited for until it ends, and not a moment longer than its time."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from synth import process
from synth.process import Share, ShareError
from synth.share import Order
from tests.waiting import until

#: Tells who it is, and goes on until it is ended.
WAITS = """
import os, sys, time
print(os.getpid(), sys.stdin.readline().count("atlas"), flush=True)
while True:
    time.sleep(1)
"""


@pytest.fixture
def share(tmp_path: Path) -> Callable[..., Share]:
    """Starts a process that does what a text says, in place of a share's."""

    def start(text: str, team_code: bool = False) -> Share:
        root = tmp_path / f"root{len(list(tmp_path.iterdir()))}"
        (root / "synth").mkdir(parents=True)
        (root / "synth" / "share.py").write_text(textwrap.dedent(text))
        return Share(Order(str(root), {}, {}, team_code, ["atlas", "beacon"], "", ""), root / "said")

    return start


def test_it_is_told_its_order_and_ended_when_nobody_waits_for_it(share: Callable[..., Share]) -> None:
    with share(WAITS) as one:
        until(lambda: one.said.endswith("\n"))
        pid, told = one.said.split()
        assert told == "1"
        os.kill(int(pid), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_one_that_fails_ends_the_wait_for_all(share: Callable[..., Share]) -> None:
    with (
        share(WAITS) as one,
        share("print('why'); raise SystemExit(3)") as other,
        pytest.raises(ShareError, match="the stacks of atlas to beacon ended with status 3: see above"),
    ):
        Share.wait([one, other])
    assert other.said == "why\n"


def test_one_that_does_not_end_is_not_waited_for(share: Callable[..., Share], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_STARTING", -1.0)
    monkeypatch.setattr(process, "_A_TEAM", 0.0)
    with share(WAITS) as one, pytest.raises(ShareError, match="has not ended in time, and was stopped"):
        Share.wait([one])


def test_those_that_end_well_are_waited_for(share: Callable[..., Share]) -> None:
    with share("print('one')") as one, share("print('other')") as other:
        Share.wait([one, other])
        assert (one.said, other.said) == ("one\n", "other\n")


def test_a_teams_own_code_keeps_its_assertions(share: Callable[..., Share]) -> None:
    with share("print(__debug__)") as kit, share("print(__debug__)", team_code=True) as team:
        Share.wait([kit, team])
        assert (kit.said, team.said) == ("False\n", "True\n")
