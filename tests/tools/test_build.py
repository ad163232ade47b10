"""The packages are built where they are looked for, and their hashes are printed."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambdas import interpreters
from lambdas.package import COMPILED, UNCOMPILED, notice
from tests.clone import make_clone
from tools.build import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone."""
    return make_clone(tmp_path / "clone")


def test_it_prints_size_hash_and_kind(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(root) == 0
    *packages, about = capsys.readouterr().out.splitlines()
    lines = [line.split() for line in packages]
    with zipfile.ZipFile(root / "build" / "proxy.zip") as package:
        compiled = any(name.endswith(".cpython-313.pyc") for name in package.namelist())
    assert about == notice(COMPILED if compiled else UNCOMPILED)
    (wheel,) = (root / "build").glob("*.whl")
    assert [line[0] for line in lines] == ["build/proxy.zip", "build/authorizer.zip", f"build/{wheel.name}"]
    for name, size, _, _, digest in lines:
        data = (root / name).read_bytes()
        assert int(size.replace(",", "")) == len(data)
        assert digest == hashlib.sha256(data).hexdigest()


def test_without_the_functions_python_it_says_what_that_costs_and_the_cure(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "find", lambda: None)
    assert main(root) == 0
    about = capsys.readouterr().out.splitlines()[-1]
    assert about == notice(UNCOMPILED)
    assert "without bytecode for Python 3.13" in about
    assert "100 ms longer" in about
    assert "install Python 3.13 (docs/packages.md" in about
    for name in ("proxy", "authorizer"):
        with zipfile.ZipFile(root / "build" / f"{name}.zip") as package:
            assert not [name for name in package.namelist() if name.endswith(".pyc")]


def test_every_clone_and_every_build_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    """Twice in one clone, and in another folder, with another home, time zone, mask and hash seed."""
    other = make_clone(tmp_path / "somewhere" / "else")
    built = []
    for clone, environment in (
        (root, {"PYTHONHASHSEED": "1"}),
        (root, {"PYTHONHASHSEED": "2"}),
        (other, {"PYTHONHASHSEED": "3", "HOME": str(other), "TZ": "Pacific/Auckland", "TMPDIR": str(other / "build")}),
    ):
        (clone / "build").mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "tools.build"],
            cwd=clone,
            env={"PATH": os.environ["PATH"], **environment},
            umask=0o077 if clone is other else 0o022,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        files = [*sorted((clone / "build").glob("*.zip")), *(clone / "build").glob("*.whl")]
        assert len(files) == 3
        built.append((done.stdout, *(file.read_bytes() for file in files)))
    assert built[0] == built[1] == built[2]


def test_settings_that_are_wrong_build_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "stacks" / "catalogue.yaml").write_text("models: 1\n")
    assert main(root) == 1
    assert "stacks/catalogue.yaml:1: models: found 1; needs a mapping" in capsys.readouterr().err
    assert not (root / "build").exists()
