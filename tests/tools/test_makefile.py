"""The Makefile's commands: what a person types reaches a command whole, and LOCAL=1 never reaches an account.

Guarantees: no value of a variable is read by the shell; each command that has `LOCAL=1` is led to the kit of this
machine by it, and one that acts on an account alone does nothing; what is missing is named with what to type.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Makefile").read_text("utf-8")
#: What a shell would read in a value, or an option parser at its start.
ODD = ["""a'b "c; touch made; `touch made` * \\ é""", "-x"]
# Stands for every command: it says what it was started with.
_SAYS = '#!/bin/sh\nexec {python} -I -c "import json, sys; print(json.dumps(sys.argv[1:]))" "$@"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A Makefile for which everything is installed, in a path with a space."""
    root = tmp_path / "a path"
    (root / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", root)
    python = root / ".venv" / "bin" / "python"
    python.write_text(_SAYS.format(python=sys.executable))
    python.chmod(0o755)
    for prerequisite in re.findall(r"^\$\(VENV\)/\.[a-z]+: (.*?)(?: \$\(CUT_OFF\)|$)", TEXT, re.MULTILINE):
        for name in prerequisite.split():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    cli = root / ".venv/cdk/node_modules/aws-cdk/bin/cdk"
    cli.parent.mkdir(parents=True)
    cli.touch()
    for name in re.findall(r"^\$\(VENV\)/\.([a-z]+):", TEXT, re.MULTILINE):
        (root / ".venv" / f".{name}").touch()
    return root


def make(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": os.environ["PATH"], "HOME": str(clone), "LANG": "C.UTF-8"}
    return subprocess.run(["make", *words], cwd=clone, env=plain, capture_output=True, text=True, check=False)


def started(clone: Path, *words: str) -> list[str]:
    """What the last command of a target was started with."""
    done = make(clone, *words)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found[found.index("-m") + 1 :]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("target", "option"),
    [
        *(
            (f"{name} TEAM", "--team")
            for name in ("plan", "token", "retire", "relay", "project", "deploy", "retention")
        ),
        *(("cost MONTH", "--month"), ("cost SVG", "--svg"), ("review OUT", "--out"), ("policies ACCOUNT", "--account")),
        *(
            ("start FUNCTION=F TEAM", "--team"),
            ("audit-confirm REQUEST", "--request"),
            ("versions PROFILE", "--profile"),
        ),
    ],
)
def test_a_value_reaches_the_command_as_it_was_typed(clone: Path, target: str, option: str, odd: str) -> None:
    *before, variable = target.split()
    assert f"{option}={odd}" in started(clone, *before, f"{variable}={odd}")
    assert not (clone / "made").exists()


def test_several_teams_reach_the_auditors_command_each_by_itself(clone: Path) -> None:
    found = started(clone, "audit-verify", "TEAM=atlas beacon")
    assert found == ["tools.audit", "verify", "--team=atlas", "--team=beacon"]


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("cost", ["local.cost"]),
        ("preflight", ["local", "preflight"]),
        ("retention", ["local.account", "retention"]),
        ("versions", ["local.account", "versions"]),
        ("audit-verify", ["local.audit", "verify"]),
        ("audit-confirm", ["local.audit", "confirm"]),
        ("token", ["local.token"]),
        ("relay", ["local.relay"]),
    ],
)
def test_what_has_local_is_led_to_this_machine_by_it(clone: Path, target: str, local: list[str]) -> None:
    needs = {"token": ["TEAM=t"], "relay": ["TEAM=t"], "audit-confirm": ["REQUEST=r"]}.get(target, [])
    assert started(clone, target, *needs, "LOCAL=1")[: len(local)] == local
    assert not started(clone, target, *needs)[0].startswith("local")
    lines = make(clone, "help").stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if line.split()[:2] == ["make", target])
    assert "LOCAL=1" in lines[at] + lines[at + 1]
    assert all(line.startswith(("  make ", " " * 21)) for line in lines)


@pytest.mark.parametrize("target", ["deploy", "retire", "project"])
def test_what_acts_on_an_account_alone_does_nothing_when_this_machine_is_meant(clone: Path, target: str) -> None:
    done = make(clone, target, "TEAM=atlas", "LOCAL=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"make {target} has no LOCAL=1, and nothing was done: " in done.stderr and "make up" in done.stderr


@pytest.mark.parametrize("target", ["plan", "token", "retire", "relay", "project", "start", "audit-confirm"])
def test_what_is_missing_is_named_with_what_to_type(clone: Path, target: str) -> None:
    done = make(clone, target)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(rf"^name .*: make {target} [A-Z]+=", done.stderr), done.stderr


def test_no_recipe_writes_a_value_into_what_the_shell_reads() -> None:
    recipes = [line for line in TEXT.splitlines() if line.startswith("\t")]
    assert [line for line in recipes if re.search(r'"\$\([A-Z]+\)"', line) and "$(PYTHON)" not in line] == []
