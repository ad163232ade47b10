"""What the Makefile installs with, on what an earlier installation may have left.

Guarantees: an environment that was cut off is made anew; two at once do not disturb each other; Ctrl-C and a kill leave
no child behind, and the next one works; nothing of the shell's that would change what is installed gets in.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pip
import psutil
import pytest

from tools import install

ROOT = Path(install.__file__).parent.parent
_SECONDS = 120.0


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A clone that needs no package, in a path with a space."""
    root = tmp_path / "a path"
    for name in ("tools/install.py", "local/leash.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for name in ("requirements.txt", "local/requirements.txt"):
        (root / name).write_text("# nothing\n")
    yield root
    for left in _below(root):
        left.kill()


def _made(root: Path) -> None:
    """Make a whole environment, with this one's pip: making one as the kit does takes seconds."""
    subprocess.run([Path(sys.executable).resolve(), "-m", "venv", "--without-pip", root / ".venv"], check=True)
    (packages,) = (root / ".venv/lib").glob("python3*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)


def test_whatever_a_target_of_the_makefile_needs_installed_has_a_rule_that_installs_it() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    needed = set(re.findall(r"\$\(VENV\)/\.([a-z]+)", text)) - {"begun"}
    made = set(re.findall(r"^\$\(VENV\)/\.([a-z]+):", text, re.MULTILINE))
    assert needed == made
    assert set(re.findall(r"\$\(INSTALL\) ([a-z]+)", text)) == {*install.PIP, *install.NPM}


def _command(root: Path) -> list[str]:
    # The interpreter below the environment that these tests run in, as the Makefile finds one.
    python = str(Path(sys.executable).resolve())
    return [python, "-I", str(root / "tools" / "install.py"), "local", "up"]


def _run(root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(root),
        cwd=root,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def _below(root: Path) -> list[psutil.Process]:
    """Whatever runs of a clone."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(root) in part for part in process.cmdline()):
                found.append(process)
    return found


def _pip_at_work(root: Path) -> bool:
    return any(map(_is_pip, _below(root)))


def _is_pip(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "install" in process.cmdline()
    return False


def _children(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@contextlib.contextmanager
def _read_by_pip(fifo: Path) -> Iterator[None]:
    """Wait until pip reads a file of requirements that has no end; it has while the block runs."""
    opened: list[int] = []

    def has_reader() -> bool:
        with contextlib.suppress(OSError):  # ENXIO: nobody reads it yet
            opened.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return bool(opened)

    _until(has_reader, "pip reads the file")
    try:
        yield
    finally:
        os.close(opened[0])


def _until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_what_was_cut_off_is_made_anew_and_what_is_there_is_left(clone: Path) -> None:
    python = Path(sys.executable).resolve()
    subprocess.run([python, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    done = _run(clone, PIP_TARGET=str(clone / "elsewhere"), PIP_USER="1", PYTHONHOME="/nowhere")
    assert done.returncode == 0, done.stderr
    assert "cut off" in done.stdout and (clone / ".venv/.local").exists() and (clone / ".venv/.base").exists()
    assert not (clone / ".venv/.begun").exists()
    marked = clone / ".venv/marked"
    marked.touch()
    assert _run(clone).stdout == "", "it is there already"
    (clone / ".venv/.local").unlink()
    assert _run(clone).returncode == 0
    assert marked.exists(), "an environment that is whole is kept"


def test_two_at_once_and_one_that_is_killed(clone: Path) -> None:
    _made(clone)
    os.mkfifo(clone / "fifo")
    (clone / "local/requirements.txt").write_text("-r ../fifo\n")
    begun = [
        subprocess.Popen(_command(clone), cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    # One has the lock, and pip at work; killed, it leaves no pip behind, and the other takes its place.
    with _read_by_pip(clone / "fifo"):
        (clone / "local/requirements.txt").write_text("# nothing\n")  # as the other one finds it
        (worker,) = [one for one in begun if any(map(_is_pip, _children(one.pid)))]
        (waiting,) = [one for one in begun if one is not worker]
        pip = _children(worker.pid)
        worker.kill()
        worker.communicate()
        _, alive = psutil.wait_procs(pip, timeout=_SECONDS)
        assert alive == []
    told, _ = waiting.communicate(timeout=_SECONDS)
    assert waiting.returncode == 0, told
    assert "waiting for it" in told and "cut off" in told
    assert (clone / ".venv/.local").exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell that runs the tests in the background has SIGINT ignored, and so would have all that they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_with_everything_and_says_what_to_type(clone: Path, number: signal.Signals) -> None:
    _made(clone)
    os.mkfifo(clone / "fifo")
    (clone / "requirements.txt").write_text("-r fifo\n")
    with subprocess.Popen(
        _command(clone), cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        _until(lambda: _pip_at_work(clone), "pip waits for its file")
        running.send_signal(number)
        _, told = running.communicate(timeout=_SECONDS)
    assert (running.returncode, told) == (130, "interrupted\nnext: make up\n")
    assert _below(clone) == []


def test_what_cannot_be_installed_is_said_with_what_to_type(clone: Path) -> None:
    _made(clone)
    (clone / "requirements.txt").write_text("./no-such-folder\n")
    done = _run(clone)
    assert done.returncode == 1
    assert (clone / ".venv/.begun").exists(), "the next one trusts nothing of it"
    assert done.stderr.splitlines()[-2:] == [
        "failed: pip could not install requirements.txt and local/requirements.txt; the reason is above",
        "next: make up",
    ]


def test_nothing_of_the_shell_changes_what_is_installed_or_where() -> None:
    theirs = {
        "PIP_TARGET": "/x",
        "PIP_USER": "1",
        "PIP_NO_DEPS": "1",
        "PIP_DRY_RUN": "1",
        "npm_config_global": "true",
        "NPM_CONFIG_PREFIX": "/x",
        "npm_config_dry_run": "true",
        "NODE_ENV": "production",
        "NODE_OPTIONS": "--require /x",
        "PYTHONPATH": "/x",
        "PYTHONHOME": "/x",
        "VIRTUAL_ENV": "/x",
        "MAKEFLAGS": "e",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    needed = {"HTTPS_PROXY": "http://proxy", "https_proxy": "http://proxy", "PIP_INDEX_URL": "https://mirror"}
    needed |= {"NPM_CONFIG_REGISTRY": "https://mirror", "npm_config_cafile": "/ca", "REQUESTS_CA_BUNDLE": "/ca"}
    assert install.environment({**theirs, **needed}) == needed
