"""Guarantees: the wrapper starts the proxy with Lambda's interpreter, isolated, from wherever it lies."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[4] / "lambdas" / "proxy" / "bootstrap"
MAIN = """
import json, sys
from . import beside

def build():
    return {"argv": sys.argv, "path": sys.path, "file": beside.__file__, "isolated": sys.flags.isolated,
            "no_site": sys.flags.no_site, "modules": sorted(sys.modules)}

def serve(init):
    print(json.dumps(init()))
"""
SHELLS = [name for name in ("dash", "bash", "sh") if shutil.which(name)]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """The function's folder as it is deployed, with a proxy that tells how it was started."""
    root = tmp_path / "var task's $HOME"
    (root / "proxy").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, root / "bootstrap")
    (root / "proxy" / "__init__.py").touch()
    (root / "proxy" / "beside.py").touch()
    (root / "proxy" / "__main__.py").write_text(MAIN)
    return root


def start(
    *command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    full = {"PATH": os.defpath, **(env or {})}
    line = [str(part) for part in command]
    return subprocess.run(line, env=full, cwd=cwd, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_it_starts_the_proxy_beside_it(task: Path, shell: str) -> None:
    done = start(shell, task / "bootstrap", sys.executable, "/var/runtime/bootstrap.py")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["file"] == str(task / "proxy" / "beside.py")
    assert told["argv"] == ["-c"], "what the managed runtime would have had is dropped"
    assert told["isolated"] == told["no_site"] == 1


def test_no_memory_is_dumped(task: Path) -> None:
    main = "import resource\nbuild, serve = 0, lambda _: print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    (task / "proxy" / "__main__.py").write_text(main)
    assert start(task / "bootstrap", sys.executable).stdout == "0\n"
    script = BOOTSTRAP.read_text()
    (task / "bootstrap").write_text(script.replace("ulimit -c 0", "ulimit -c 1"))
    assert start(task / "bootstrap", sys.executable).stdout != "0\n" or resource.getrlimit(resource.RLIMIT_CORE)[1] == 0


def test_lambda_can_execute_it(task: Path) -> None:
    assert os.access(BOOTSTRAP, os.X_OK)
    assert start(task / "bootstrap", sys.executable).returncode == 0


def test_nothing_from_outside_comes_in(task: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    (evil / "proxy").mkdir(parents=True)
    (evil / "proxy" / "__init__.py").write_text("raise SystemExit('wrong proxy')\n")
    (evil / "json.py").write_text("raise SystemExit('wrong json')\n")
    env = {"PYTHONPATH": str(evil), "PYTHONSTARTUP": str(evil / "json.py"), "PYTHONHOME": ""}
    done = start(task / "bootstrap", sys.executable, env=env, cwd=evil)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert not any("site-packages" in place or str(evil) in place for place in told["path"])
    assert told["path"][-1] == str(task)


def test_it_leaves_costly_modules_alone(task: Path) -> None:
    loaded = set(json.loads(start(task / "bootstrap", sys.executable).stdout)["modules"])
    assert not loaded & {"runpy", "pkgutil", "site", "importlib.util", "typing"}


def test_a_bare_name_is_looked_for_in_the_task_root(task: Path) -> None:
    done = start("sh", "bootstrap", sys.executable, env={"LAMBDA_TASK_ROOT": str(task)}, cwd=task)
    assert json.loads(done.stdout)["path"][-1] == str(task)


def test_it_replaces_its_shell(task: Path) -> None:
    (task / "proxy" / "__main__.py").write_text("import os\nbuild, serve = os.getpid, lambda init: print(init())\n")
    process = subprocess.Popen([task / "bootstrap", sys.executable], stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate(timeout=30)
    assert int(said) == process.pid, "a shell in between would not pass signals on"


@pytest.mark.parametrize("arguments", [(), ("/no/such/python",)])
def test_without_an_interpreter_it_says_what_is_wrong(task: Path, arguments: tuple[str, ...]) -> None:
    done = start(task / "bootstrap", *arguments)
    assert done.returncode == 64
    assert "AWS_LAMBDA_EXEC_WRAPPER" in done.stderr


def test_the_plumbing_imports_no_more_than_it_needs() -> None:
    """Each of these modules would cost a cold start what the comment says, in milliseconds."""
    costly = {
        "typing": 3.5,
        "dataclasses": 10,
        "http.client": 10,
        "urllib.parse": 6,
        "datetime": 1.5,
        "contextlib": 1,
        "threading": 1,
        "pathlib": 5,
        "logging": 8,
    }
    root = str(BOOTSTRAP.parents[2])
    code = f"""import sys; sys.path.insert(0, {root!r})
from lambdas.proxy.http import client as http1, tls, sse
from lambdas.proxy.runtime import loop as runtime
from lambdas.proxy.services import sigv4, credentials
print(*sys.modules)"""
    done = start(sys.executable, "-I", "-S", "-c", code)
    assert done.returncode == 0, done.stderr
    assert not costly.keys() & set(done.stdout.split())
