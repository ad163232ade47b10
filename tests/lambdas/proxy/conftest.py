"""What the proxy's tests share."""

from __future__ import annotations

import pytest

from .support.authority import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that lives as long as the run."""
    return Authority(tmp_path_factory.mktemp("authority"))
