"""A folder with settings of its own for each test."""

from pathlib import Path

import pytest

from tests.clone import copy_settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Settings of the test's own."""
    return copy_settings(tmp_path)
