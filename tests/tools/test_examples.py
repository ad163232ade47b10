"""The examples in the docstrings do what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.clone import copy_settings

MODULES = [
    "stacks.catalogue",
    "stacks.constructs.team_choices",
    "stacks.settings",
    "stacks.settings.errors",
    "stacks.settings.images",
    "stacks.settings.load",
    "stacks.settings.source",
    "stacks.settings.team",
    "stacks.settings.validate",
    "lambdas.authorizer.team",
    "tools.token",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy_settings(tmp_path))
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
