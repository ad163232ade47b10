"""The live settings stay closed while the tests run: whoever opens them in a test is told so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.settings import Deployment, load
from tests.apart import TouchedError
from tests.clone import ROOT, copy_settings, make_clone, run_local
from tests.others import SETS, prepare, run, write


@pytest.mark.parametrize(
    "touch",
    [
        lambda: load(ROOT),
        lambda: (ROOT / "cloister.yaml").read_text(),
        lambda: open("cloister.yaml", "rb"),  # noqa: SIM115, PTH123 - it is never opened
        lambda: os.open(b"./teams/../cloister.yaml", os.O_RDONLY),
        lambda: list((ROOT / "teams").iterdir()),
        lambda: list(os.scandir(ROOT / "teams")),
        lambda: (ROOT / "teams" / "atlas.yaml").open(),
        lambda: (ROOT / "deployments" / "prod" / "cloister.yaml").read_text(),
        lambda: shutil.copytree(ROOT / "teams", "nowhere"),
        lambda: subprocess.run([sys.executable, ROOT / "app.py"], check=False),
        lambda: subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT, check=False),
        lambda: subprocess.Popen("make", cwd=str(ROOT)),
        lambda: run_local(ROOT, "status"),
    ],
)
def test_a_test_that_reads_the_live_settings_fails(
    touch: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(TouchedError, match="a company's own"):
        touch()


def test_other_files_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(copy_settings(tmp_path)).teams
    monkeypatch.chdir(ROOT)
    shutil.rmtree(tmp_path / "teams")  # it opens folders by their names alone
    shutil.rmtree(tmp_path)
    assert (ROOT / "stacks" / "catalogue.yaml").read_text()
    assert subprocess.run([sys.executable, "-c", ""], cwd=ROOT, check=True).returncode == 0


def test_a_clone_holds_the_suites_settings_and_starts(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "a clone")
    assert load(root).teams == load(copy_settings(tmp_path)).teams
    done = run_local(root, "status")
    assert done.returncode == 1
    assert "nothing" in done.stdout


@pytest.mark.parametrize("name", SETS)
def test_there_are_other_settings_that_are_right(name: str, tmp_path: Path) -> None:
    written = {path: content for path, content in SETS[name].items() if not isinstance(content, str)}
    folder = copy_settings(tmp_path)
    shutil.rmtree(folder / "teams")
    write(folder, name)
    assert load(folder).deployment.name == written["cloister.yaml"]["name"] != load_suites(tmp_path).name
    assert len(load(folder).teams) == len(written) - 1


def load_suites(folder: Path) -> Deployment:
    """The suite's own deployment."""
    (folder / "suite").mkdir()
    return load(copy_settings(folder / "suite")).deployment


def test_the_suite_passes_with_other_settings_in_place_of_the_live_ones(tmp_path: Path) -> None:
    """With one set, a part of it, and the part that starts commands; `make others` runs it in whole, with each."""
    root = prepare(tmp_path / "clone", next(iter(SETS)))
    run(root, "tests/tools/test_policies.py", "tests/stacks/settings/test_documented.py")
