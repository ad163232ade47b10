"""The interpreter that the functions get: Python with the network of an isolated subnet.

On AWS a function's subnet has routes to the interface endpoints and nowhere else. On this machine the same function
would have the whole internet, so its interpreter is started through this file: names in `.local/hosts.json` lead to
their stand-ins on loopback, the Runtime API can be reached, and every other destination is unreachable. Child
processes, which would leave this interpreter and its rules, are refused.

It is a guard against a mistake in the functions' code, not a sandbox against hostile code: C extensions make their
own system calls.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

_WRAPPER = """#!/bin/sh
# Starts Python with the network of an isolated subnet (local/shim.py): interpreter flags stay flags, and the shim
# comes before the module or script that was asked for.
todo=$# ; value= ; found=
while [ "$todo" -gt 0 ]; do
  arg=$1; shift; todo=$((todo - 1))
  if [ -z "$found" ]; then
    if [ -n "$value" ]; then value=
    else
      case $arg in
        -X|-W) value=1 ;;
        -m|-c|-) found=1; set -- "$@" {shim} {hosts} ;;
        -[!-XW]*[mc]) found=1; set -- "$@" "${{arg%?}}" {shim} {hosts}; arg="-${{arg##"${{arg%?}}"}}" ;;
        -*) ;;
        *) found=1; set -- "$@" {shim} {hosts} ;;
      esac
    fi
  fi
  set -- "$@" "$arg"
done
exec {python} "$@"
"""


def install(path: Path, hosts: Path, python: str = sys.executable) -> Path:
    """Write the executable that stands for the functions' interpreter.

    Parameters
    ----------
    path
        Where to write it, such as `.local/bin/python3`.
    hosts
        The file of names that can be reached, read anew at every start.
    python
        The real interpreter.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A script's directory comes first on its path, and the modules of this one are not the functions' business.
    copy = path.resolve().parent / "subnet.py"
    copy.write_text(Path(__file__).read_text(encoding="utf-8"), encoding="utf-8")
    places = {"python": python, "shim": copy, "hosts": hosts.resolve()}
    text = _WRAPPER.format(**{name: shlex.quote(str(place)) for name, place in places.items()})
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


class Subnet:
    """What can be reached.

    Parameters
    ----------
    hosts
        Name to (loopback address, port): port 443 of that name leads there. `*.` before a name stands for one label.
    runtime_api
        `address:port` of the Lambda Runtime API, or an empty string.
    """

    def __init__(self, hosts: dict[str, tuple[str, int]], runtime_api: str) -> None:
        self.hosts = hosts
        address, _, port = runtime_api.rpartition(":")
        self.runtime = (address, int(port)) if port.isdigit() else None
        self.allowed = {*hosts.values(), *([self.runtime] if self.runtime else [])}

    def resolve(self, host: object, port: object) -> tuple[str, int]:
        """Give the loopback address behind a destination.

        Raises
        ------
        OSError
            ENETUNREACH: nothing else has a route.
        """
        host = host.decode() if isinstance(host, bytes) else host
        if isinstance(host, str) and port == 443:
            name = host.lower()
            label, _, parent = name.partition(".")
            found = self.hosts.get(name) or self.hosts.get(f"*.{parent}" if label else "")
            if found:
                return found
        if (host, port) in self.allowed:
            return str(host), int(str(port))
        raise OSError(errno.ENETUNREACH, f"no route from the function's subnet to {host}:{port}")

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Refuse, for the interpreter's audit events, what the subnet has no route to."""
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = args[1]
            if address is not None and (not isinstance(address, tuple) or tuple(address[:2]) not in self.allowed):
                raise OSError(errno.ENETUNREACH, f"no route from the function's subnet to {address!r}")
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            if args[0] not in (None, "", *(address for address, _ in self.allowed)):
                raise socket.gaierror(socket.EAI_NONAME, f"no such name in the function's subnet: {args[0]!r}")
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.system"):
            raise OSError(errno.EPERM, "a child process would leave the subnet's rules, so functions start none here")


def enter(subnet: Subnet) -> None:
    """Apply the subnet to this process. It cannot be undone: audit hooks stay."""
    connect, look_up = socket.create_connection, socket.getaddrinfo

    def create_connection(address: tuple[Any, Any], *args: Any, **kwargs: Any) -> socket.socket:
        return connect(subnet.resolve(*address), *args, **kwargs)

    # What AWS's SDK and most clients go by: they look the name up themselves, and connect to what they are given.
    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(OSError):  # what is nowhere to be reached is refused by the audit below
            host, port = subnet.resolve(host, port)
        return look_up(host, port, *args, **kwargs)

    setattr(socket, "create_connection", create_connection)  # noqa: B010  # to mypy, functions are not assignable
    setattr(socket, "getaddrinfo", getaddrinfo)  # noqa: B010
    sys.addaudithook(subnet.audit)


def _run(arguments: list[str]) -> None:
    """Do what the interpreter would have done with these arguments, flags already taken off."""
    # The interpreter put this file's directory first on the path; what belongs there depends on the way of starting.
    safe = sys.flags.safe_path
    if not safe:
        sys.path.pop(0)
    kind = arguments[0] if arguments else "-"
    if kind == "-m":
        sys.argv = arguments[1:]
        if not safe:
            sys.path.insert(0, str(Path.cwd()))
        import runpy

        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *arguments[2:]]
        if not safe:
            sys.path.insert(0, "")
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  # what -c means
    else:
        sys.argv = arguments
        if not safe:
            sys.path.insert(0, str(Path(kind).resolve().parent))
        import runpy

        runpy.run_path(kind, run_name="__main__")


def main() -> None:
    """Enter the subnet that the file named first describes, then run what was asked for."""
    hosts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    subnet = Subnet(
        {name.lower(): (str(address), int(port)) for name, (address, port) in hosts.items()},
        os.environ.get("AWS_LAMBDA_RUNTIME_API", ""),
    )
    enter(subnet)
    _run(sys.argv[2:])


if __name__ == "__main__":
    main()
