"""The one place where the benchmark reaches into the function: where names lead to.

The package runs as it is deployed, through its own ``bootstrap``. That is given, in place of Lambda's interpreter, a
script which makes the names of the two services lead to this machine, and then does what was asked of the interpreter.
It takes 0.5 ms: ``exec`` of the text itself, as ``-c`` does it, spares ``compile``, which makes a class for each kind
of node in a syntax tree when it is first called, for 3 ms of a start.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["write"]

_SCRIPT = """#!{python} -ISB
import gc, sys
gc.disable()  # as bootstrap does before it imports anything
import socket
_connect = socket.create_connection
def _here(address, *args, **kwargs):
    return _connect((b"127.0.0.1", {port}) if address[0] in {hosts!r} else address, *args, **kwargs)
socket.create_connection = _here
_start = sys.argv[sys.argv.index("-c") + 1]
sys.argv = ["-c", *sys.argv[sys.argv.index("-c") + 2:]]
{more}exec(_start, {{"__name__": "__main__"}})
"""
#: Calls to the guardrail are left out, with the thread that makes two of them at once, and nothing else. The product
#: has no such switch.
_UNGUARDED = """sys.path.insert(0, sys.argv[1])
from proxy.services import guardrail as _guardrail, judge as _judge
_guardrail.Guardrail.check = lambda self, source, texts, images=(), **_: _guardrail.Verdict(None, [None] * len(texts))
_judge.together = lambda jobs: [job() for job in jobs]
del sys.path[0]
"""


def write(path: Path, python: str, hosts: tuple[str, ...], port: int, *, guarded: bool = True) -> Path:
    """Write the script that stands for the interpreter.

    Parameters
    ----------
    python
        The real interpreter.
    hosts, port
        Names that lead to this port of this machine.
    guarded
        Whether calls to the guardrail are made.
    """
    names = tuple(host.encode() for host in hosts)  # which is how the proxy asks for them
    path.write_text(_SCRIPT.format(python=python, hosts=names, port=port, more="" if guarded else _UNGUARDED))
    path.chmod(0o755)
    return path
