"""What holds for the whole suite: the live settings stay closed, and how it is spread over the machine's cores."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.apart import refuse

# From here on, in this process: the modules that are collected are under it too.
sys.addaudithook(refuse)
# It names one of several deployments in the clone, for the commands; the tests have their own.
os.environ.pop("SETTINGS", None)

# Bounded by examples, not by the clock: these machines are shared, and the first example pays for tables of Unicode.
settings.register_profile("cloister", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cloister")

#: Folders whose tests share something that is slow to make: a synthesis, a whole deployment.
_TOGETHER = ("stacks", "e2e")
_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests, or those of a folder with something to share, in one worker; the slowest folders first."""
    for item in items:
        path = item.path.relative_to(_HERE)
        group = path.parts[0] if path.parts[0] in _TOGETHER else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.path.relative_to(_HERE).parts[0] not in _TOGETHER)
