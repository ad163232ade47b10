"""One kit for all end-to-end tests: deployed once, ended once, and looked for afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local import ports, processes
from local.state import State
from tests.clone import run_local
from tests.e2e.kit import Kit
from tests.synthesis import prepared


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The kit as `make up` leaves it; `make down` ends it, and nothing may be left."""
    root = prepared(tmp_path_factory, tmp_path_factory.mktemp("e2e") / "cloister")
    state = State(root / ".local")
    up = run_local(root, "up")
    running = processes.every(state)
    try:
        assert up.returncode == 0, f"make up failed:\n{up.stdout}\n{up.stderr}"
        yield Kit(state)
    finally:
        chosen = state.read("ports.json") or {}
        down = run_local(root, "down")
    assert down.returncode == 0, f"make down failed:\n{down.stdout}\n{down.stderr}"
    assert [process.name for process in running if process.alive] == []
    assert [name for name, port in chosen.items() if ports.accepts(port)] == []


@pytest.fixture
def quiet(kit: Kit) -> Iterator[Kit]:
    """The kit with nothing on the stand-ins' mind."""
    with kit.told():
        yield kit
