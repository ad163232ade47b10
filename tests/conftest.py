"""What holds for the whole suite: the live settings stay closed, and how it is spread over the machine's cores."""

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.apart import refuse

# From here on, in this process: the modules that are collected are under it too.
sys.addaudithook(refuse)
# What is imported while tests are collected stays: to look through it for garbage takes a quarter of that time.
gc.disable()
# It names one of several deployments in the clone, for the commands; the tests have their own.
os.environ.pop("SETTINGS", None)
# CDK's own check of templates takes six seconds to start in each process: tests/stacks/test_template_check.py runs it.
os.environ["CDK_VALIDATION"] = "false"

# Bounded by examples, not by the clock: these machines are shared, and the first example pays for tables of Unicode.
# The examples are the same in each run, so that no change is stopped by what another one holds; `--hypothesis-profile
# search` looks at others.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("cloister", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("cloister")

#: Folders whose tests share something that is slow to make, a synthesis or a whole deployment; the slowest first.
_TOGETHER = ("e2e", "stacks")
#: Files that take as long as a folder: they begin with those, so that none is left alone at the end.
_LONG = ("tests/local/test_up.py", "tests/synth/test_halves.py")


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # it is published without types
    """Keep a file's tests, or those of a folder with something to share, in one worker.

    The marks of ``--dist loadgroup`` do nothing here: pytest-xdist 3.8.0 writes them into an attribute that
    pytest 9.2.0 does not read.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        parts = file.split("/")
        return parts[1] if parts[1] in _TOGETHER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Say how tests are given to workers."""
    return _Scheduling(config, log)


def pytest_collection_finish() -> None:
    """Let the tests have their garbage collected, and nothing that was there before them be looked through again."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest folders and files."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]  # below the project's folder: a path would take a second for all of them
        top = file.split("/")[1]
        return _TOGETHER.index(top) if top in _TOGETHER else len(_TOGETHER) + (file not in _LONG)

    items.sort(key=place)
