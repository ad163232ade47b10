"""Guarantees: a Python is found on the path and beside it, newest first, and one that does not start is passed over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lambdas import interpreters

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but an empty home and an empty path."""
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME", "HOMEBREW_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(interpreters, "_homes", lambda: [tmp_path])
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    return tmp_path


def put(file: Path, text: str = "exit 1") -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def found(home: Path, version: str) -> list[str]:
    """The candidates, without those of the machine that runs the test."""
    return [file for file in interpreters.candidates(version) if Path(file).is_relative_to(home)]


@pytest.mark.parametrize(
    ("variable", "folder", "file"),
    [
        (None, "", "bin/python3.13"),
        (None, "", ".pyenv/versions/3.13.2/bin/python3.13"),
        ("PYENV_ROOT", "kept", "kept/versions/3.13.2/bin/python3.13"),
        (None, "", ".local/share/uv/python/cpython-3.13.2-linux-x86_64-gnu/bin/python3.13"),
        ("XDG_DATA_HOME", "data", "data/uv/python/cpython-3.13.2-macos-aarch64-none/bin/python3.13"),
        ("UV_PYTHON_INSTALL_DIR", "uvs", "uvs/cpython-3.13.2-linux-x86_64-gnu/bin/python3.13"),
        (None, "", ".local/bin/python3.13"),
        ("HOMEBREW_PREFIX", "brew", "brew/bin/python3.13"),
        ("HOMEBREW_PREFIX", "brew", "brew/opt/python@3.13/bin/python3.13"),
    ],
)
def test_it_is_looked_for_where_managers_of_versions_put_it(
    variable: str | None, folder: str, file: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, str(home / folder))
    assert found(home, "3.13") == []
    assert found(home, "3.12") == []
    python = put(home / file)
    assert found(home, "3.13") == [python]
    assert found(home, "3.12") == []


def test_the_path_comes_first_then_the_newest(home: Path) -> None:
    versions = [put(home / ".pyenv" / "versions" / name / "bin" / "python3.13") for name in ("3.13.9", "3.13.10")]
    path = put(home / "bin" / "python3.13")
    assert found(home, "3.13") == [path, versions[1], versions[0]]


@pytest.mark.parametrize(
    "shim",
    [
        "echo 'pyenv: python: command not found' >&2; exit 127",
        "echo cpython-32 final",
        f"echo cpython-{VERSION.replace('.', '')} candidate",
        f"echo cpython-{VERSION.replace('.', '')} final t",
        "exit 0",
    ],
)
def test_a_shim_that_refuses_and_another_kind_of_python_are_passed_over(shim: str, home: Path) -> None:
    real = getattr(sys, "_base_executable", sys.executable)  # not one that finds its libraries by where it stands
    put(home / "bin" / f"python{VERSION}", shim)
    works = put(home / ".pyenv" / "versions" / f"{VERSION}.1" / "bin" / f"python{VERSION}", f'exec "{real}" "$@"')
    assert interpreters.find(VERSION) == works


def test_none_is_none(home: Path) -> None:
    put(home / "bin" / "python3.2", "echo cpython-32 final")
    assert interpreters.find("3.2") == str(home / "bin" / "python3.2")
    assert interpreters.find("3.3") is None


def test_one_that_lacks_a_module_is_no_answer() -> None:
    assert interpreters.find(VERSION) is not None
    assert interpreters.find(VERSION, "sys, a_module_that_no_python_has") is None


def test_make_asks_the_same_place() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "lambdas" / "interpreters.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    chosen = done.stdout.strip()
    assert chosen in {*filter(None, map(interpreters.find, ("3.13", "3.12", "3.11", "3.14"))), sys.executable}
    assert '"$$python" -I lambdas/interpreters.py' in (ROOT / "Makefile").read_text()
