"""Ports: chosen once, kept, loopback; and the look at who listens where.

Guarantees: two deployments do not choose the same port; a choice survives; an exposed socket, of a child too, is seen.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local import ports, processes
from local.state import ROOT, State
from tests.local import confined


@pytest.fixture
def own(tmp_path: Path) -> State:
    return State(tmp_path).make()


def test_the_choice_is_made_once(own: State) -> None:
    chosen = ports.choose(own)
    assert set(chosen) == set(ports.NAMES)
    assert len(set(chosen.values())) == len(ports.NAMES)
    assert ports.choose(own) == chosen


def test_what_others_wrote_into_the_file_stays(own: State) -> None:
    chosen = ports.choose(own)
    own.write("ports.json", {**chosen, "control": 5})
    assert ports.choose(own) == chosen
    assert own.read("ports.json")["control"] == 5


def test_a_damaged_file_is_made_anew_with_the_ports_that_what_runs_listens_on(own: State) -> None:
    command = [sys.executable, "-c", "input()"]
    chosen = ports.choose(own)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        record = {"name": "door", "pid": child.pid, "started": processes.start_time(child.pid), "version": ""}
        own.write("pids/door.pid", {**record, "port": chosen["door"]})
        (own.directory / "ports.json").write_text("{")
        found = ports.choose(own)
        child.communicate(b"\n")
    assert found["door"] == chosen["door"] and len(set(found.values())) == len(ports.NAMES)
    assert own.read("ports.json") == found
    (own.directory / "ports.json").write_text("{")
    assert ports.choose(own)["door"] != chosen["door"], "who has ended has no port"


@pytest.mark.parametrize("broken", ["", "[]", '{"aws": "x"}', '{"aws": 1}'])
def test_a_broken_file_is_replaced(own: State, broken: str) -> None:
    (own.directory / "ports.json").write_text(broken)
    assert set(ports.choose(own)) == set(ports.NAMES)
    assert own.read("ports.json") == ports.choose(own)


def test_a_loopback_listener_is_not_exposed_and_any_other_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as near:
        assert near.getsockname()[1] in {item.port for item in ports.listeners([os.getpid()])}
        assert near.getsockname()[1] not in {item.port for item in ports.exposed([os.getpid()])}
    with confined.bound() as far:
        found = [item for item in ports.exposed([os.getpid()]) if item.port == far.getsockname()[1]]
        assert [item.pid for item in found] == [os.getpid()]
        assert str(found[0]).startswith(f"{confined.EVERYWHERE}:")


def test_a_datagram_socket_is_seen_too() -> None:
    with confined.bound(socket.SOCK_DGRAM) as far:
        assert far.getsockname()[1] in {item.port for item in ports.exposed([os.getpid()])}


def test_a_childs_listener_is_seen() -> None:
    code = "from tests.local import confined; s = confined.bound(); print(s.getsockname()[1], flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    try:
        port = int(child.stdout.readline())
        assert (child.pid, port) in {(item.pid, item.port) for item in ports.exposed([os.getpid()])}
    finally:
        child.communicate("\n")


def test_a_connection_to_elsewhere_is_not_a_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getsockname()[1] not in {item.port for item in ports.listeners([os.getpid()])}


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ports.accepts(port)
        assert f"pid {os.getpid()}" in ports.holder(port)
    assert not ports.accepts(port)


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        (confined.EVERYWHERE, False),
        ("::", False),
        ("10.0.0.1", False),
    ],
)
def test_what_counts_as_loopback(address: str, loopback: bool) -> None:
    assert ports.Listener(1, address, 1).loopback is loopback
