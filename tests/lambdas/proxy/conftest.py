"""What the proxy's tests share."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from .support.authority import Authority

# Bounded by examples, not by the clock: these machines are shared, and the first example pays for tables of Unicode.
settings.register_profile("cloister", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cloister")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that lives as long as the run."""
    return Authority(tmp_path_factory.mktemp("authority"))
