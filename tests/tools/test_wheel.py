"""The callers' wheel holds what a wheel has to, says what it needs, and is the same wherever it is built."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import shutil
import zipfile
from importlib.metadata import version
from pathlib import Path

from tests.clone import ROOT
from tools import wheel


def copied(folder: Path) -> Path:
    """Copy what the wheel is made from, as another checkout would have it."""
    shutil.copytree(ROOT / "client", folder / "client", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path in folder.rglob("*.py"):
        path.chmod(0o700)
    return folder


def test_its_record_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel.build(ROOT, tmp_path)) as made:
        files = {name: made.read(name) for name in made.namelist()}
    (record,) = (name for name in files if name.endswith(".dist-info/RECORD"))
    rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(files[record].decode()))}
    assert rows.pop(record) == ("", "")
    assert rows == {
        name: (f"sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')}", str(len(data)))
        for name, data in files.items()
        if name != record
    }


def test_it_needs_the_botocore_that_it_was_tried_with_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel.build(ROOT, tmp_path)) as made:
        (about,) = (made.read(name).decode() for name in made.namelist() if name.endswith("METADATA"))
    needed = [line for line in about.splitlines() if line.startswith("Requires-Dist")]
    assert needed == [f"Requires-Dist: botocore (>={version('botocore')},<2)"]


def test_the_same_bytes_everywhere_and_one_version_at_a_time(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "cloister_client-0.0.1-py3-none-any.whl").touch()
    first = wheel.build(ROOT, here)
    again = wheel.build(copied(there), there)
    assert first.read_bytes() == again.read_bytes()
    assert list(here.iterdir()) == [first]
