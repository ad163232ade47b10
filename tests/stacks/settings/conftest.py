"""A folder with settings of its own for each test."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def copy_settings(folder: Path) -> Path:
    """Copy the settings that the project ships, to be changed."""
    shutil.copy(ROOT / "cloister.yaml", folder)
    shutil.copytree(ROOT / "teams", folder / "teams")
    (folder / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / "catalogue.yaml", folder / "stacks")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Settings of the test's own."""
    return copy_settings(tmp_path)
