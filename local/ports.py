"""The loopback ports of a local deployment, chosen once; and who listens where.

The ports stay the same from one `make up` to the next, so that what somebody noted of them stays true.
"""

from __future__ import annotations

import contextlib
import ipaddress
import random
import socket
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from local import processes
from local.state import State

NAMES = ("aws", "bedrock", "door")
HOST = "127.0.0.1"
_CHOSEN = range(20_000, 30_000)


class Listener(NamedTuple):
    """A socket that takes connections.

    Parameters
    ----------
    pid
        The process that holds it.
    address, port
        What it is bound to.
    """

    pid: int
    address: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return ipaddress.ip_address(self.address.partition("%")[0]).is_loopback

    def __str__(self) -> str:
        return f"{self.address}:{self.port} (pid {self.pid})"


def choose(state: State) -> dict[str, int]:
    """Return the port of each process, from `ports.json` or, the first time, free ones that are written there.

    Where the file was lost or damaged, what runs is asked: its ports are what somebody has noted. The free ports are
    held open together while they are chosen, so that no two are the same.
    """
    known = state.read("ports.json")
    if isinstance(known, dict):
        found = {name: known.get(name) for name in NAMES}
        right = {port for port in found.values() if isinstance(port, int) and 0 < port < 65536}
        if len(right) == len(NAMES):
            return {name: int(port) for name, port in found.items() if port is not None}
    with contextlib.ExitStack() as held:
        ports: dict[str, int] = {}
        for name in NAMES:
            running = processes.find(state, name)
            if running is not None and running.alive and running.port not in (0, *ports.values()):
                ports[name] = running.port
            else:
                ports[name] = _bound(held.enter_context(socket.socket()))
    state.write("ports.json", ports)
    return ports


def another(state: State, name: str) -> int:
    """Return the port of a process that not every deployment has, chosen once as the others are."""
    known = state.read("ports.json")
    chosen = dict(known) if isinstance(known, dict) else {}
    port = chosen.get(name)
    if isinstance(port, int) and 0 < port < 65536:
        return port
    with socket.socket() as probe:
        chosen[name] = _bound(probe)
    state.write("ports.json", chosen)
    return int(chosen[name])


def listeners(pids: Iterable[int]) -> list[Listener]:
    """Return the listening TCP sockets, and the bound UDP ones, of these processes and all their descendants."""
    found = []
    for process in family(pids):
        try:
            connections = process.net_connections(kind="inet")
        except psutil.NoSuchProcess:
            continue
        for connection in connections:
            datagram = connection.type == socket.SOCK_DGRAM and not connection.raddr
            if connection.laddr and (connection.status == psutil.CONN_LISTEN or datagram):
                found.append(Listener(process.pid, connection.laddr.ip, connection.laddr.port))
    return found


def _bound(probe: socket.socket) -> int:
    """Bind a socket to a free port that the system gives to no outgoing connection, which would hold it when it counts.

    Those begin at 32768 on Linux and at 49152 on macOS
    (https://docs.kernel.org/networking/ip-sysctl.html: ip_local_port_range).
    """
    for port in random.sample(_CHOSEN, 100):
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    probe.bind((HOST, 0))
    return int(probe.getsockname()[1])


def exposed(pids: Iterable[int]) -> list[Listener]:
    """Return the listeners of these processes and their descendants that another machine could reach.

    Examples
    --------
    >>> import os
    >>> with socket.create_server(("127.0.0.1", 0)):
    ...     exposed([os.getpid()])
    []
    """
    return [listener for listener in listeners(pids) if not listener.loopback]


def connected(pid: int, local: tuple[str, int]) -> bool:
    """Whether a process, or one that it started, holds the connection whose own end is at this address and port.

    Examples
    --------
    >>> import os
    >>> with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
    ...     connected(os.getpid(), client.getsockname()), connected(os.getpid(), ("127.0.0.1", 1))
    (True, False)
    """
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        # Its children are looked for only when it is not the process itself: that takes a look at every process.
        return _holds(process, local) or any(_holds(child, local) for child in process.children(recursive=True))
    return False


def _holds(process: psutil.Process, local: tuple[str, int]) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(tuple(item.laddr) == tuple(local) for item in process.net_connections(kind="tcp4"))
    return False


def accepts(port: int) -> bool:
    """Whether something takes connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def holder(port: int) -> str:
    """Say who listens on a loopback port, as far as this user may see it."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return f"pid {process.pid}, {process.name()}"
    return "a process that this user may not inspect"


def family(pids: Iterable[int]) -> list[psutil.Process]:
    """Return these processes and all that they started."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found[pid] = process
            found.update({child.pid: child for child in process.children(recursive=True)})
    return list(found.values())
