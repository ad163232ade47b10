"""What the proxy's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lambdas.proxy.services import backoff

from .pictures import pictures
from .support.authority import Authority
from .world import World


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that lives as long as the run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def gallery(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The proxy of a team that may fetch images; what is tried again is so without delay."""
    monkeypatch.setattr(backoff, "FIRST", 0.01)
    with pictures(authority) as made:
        yield made
