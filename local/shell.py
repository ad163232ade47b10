"""The shell that a command was typed in: what of it counts here, and what it means when it goes.

A person's shell holds much that libraries listen to: profiles and endpoints of AWS, proxies that a key would be sent
to, options of Python, Node, pip and CDK. None of it is meant for the local deployment, so none of it is kept; the list
is of what is kept, and not of what is not, because nobody knows the whole of that one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping

_KEPT = frozenset(
    {
        "ACCEPT_GEMMA_TERMS",
        "CI",
        "COLORTERM",
        "COLUMNS",
        "FORCE_COLOR",
        "HOME",
        "HOMEBREW_PREFIX",
        "LANG",
        "LINES",
        "LOGNAME",
        "MAKELEVEL",
        "MODEL",
        "NO_COLOR",
        "PATH",
        "PYENV_ROOT",
        "SETTINGS",
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
        "UV_PYTHON_INSTALL_DIR",
        "XDG_DATA_HOME",
    }
)
_OURS = ("CLOISTER_", "LOCAL_", "LC_")
# A profile that does not exist, or a file that cannot be read, must not matter either.
_INSTEAD = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_LOOK_SECONDS = 0.25


def kept(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a command of the local deployment keeps of an environment.

    Examples
    --------
    >>> kept({"HOME": "/home/ada", "HTTPS_PROXY": "http://proxy", "AWS_PROFILE": "work"})["HOME"]
    '/home/ada'
    >>> "HTTPS_PROXY" in kept({"HTTPS_PROXY": "http://proxy"})
    False
    """
    return {
        **{name: value for name, value in environment.items() if name in _KEPT or name.startswith(_OURS)},
        **_INSTEAD,
    }


def leave(environment: MutableMapping[str, str] | None = None) -> None:
    """Take everything else out of this process's environment, before a library reads it."""
    here = os.environ if environment is None else environment
    wanted = kept(here)
    for name in set(here) - set(wanted):
        del here[name]
    here.update(wanted)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def end_with_make() -> None:
    """See to it that this command is interrupted when the `make` that started it is killed.

    A command that nobody waits for any more would go on, and hold the deployment's lock, until it is done.
    """
    if not os.environ.get("MAKELEVEL"):
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="make-watch").start()
