"""The tour asks again what is answered with 503, as any client does, and takes every other answer."""

from __future__ import annotations

from typing import Any

import pytest

from local import tour_budget


class Answer:
    def __init__(self, status: int) -> None:
        self.status_code = status


@pytest.mark.parametrize(
    ("statuses", "found"),
    [([200], 200), ([503, 503, 200], 200), ([429], 429), ([400], 400), ([503, 429], 429), ([503] * 9, 503)],
)
def test_a_ledger_that_is_late_is_asked_again(monkeypatch: pytest.MonkeyPatch, statuses: list[int], found: int) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    left = iter(statuses)

    def ask() -> Any:
        return Answer(next(left))

    assert tour_budget._patient(ask).status_code == found
