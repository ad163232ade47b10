"""The packages are built where they are looked for, and their hashes are printed."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.stacks.settings.conftest import ROOT, copy_settings
from tools.build import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A clone with settings and the functions' sources."""
    shutil.copytree(ROOT / "lambdas", tmp_path / "lambdas")
    return copy_settings(tmp_path)


def test_it_builds_the_same_bytes_again_and_prints_their_hash(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(root) == 0
    first = capsys.readouterr().out
    assert main(root) == 0
    assert capsys.readouterr().out == first
    *packages, about = first.splitlines()
    lines = [line.split() for line in packages]
    with zipfile.ZipFile(root / "build" / "proxy.zip") as package:
        compiled = any(name.endswith(".bytecode") for name in package.namelist())
    assert about.startswith(f"the proxy's package {'holds' if compiled else 'is without'} bytecode for Python 3.13")
    assert [line[0] for line in lines] == ["build/proxy.zip", "build/authorizer.zip"]
    for name, size, _, _, digest in lines:
        data = (root / name).read_bytes()
        assert int(size.replace(",", "")) == len(data)
        assert digest == hashlib.sha256(data).hexdigest()


def test_settings_that_are_wrong_build_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "stacks" / "catalogue.yaml").write_text("models: 1\n")
    assert main(root) == 1
    assert "stacks/catalogue.yaml:1: models: found 1; needs a mapping" in capsys.readouterr().err
    assert not (root / "build").exists()
