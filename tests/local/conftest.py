"""One embedded AWS for the tests of this directory, started as `make up` starts it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import embedded, ports, processes, root, service
from local.embedded import Embedded
from local.state import ACCOUNT, State
from tests.local.stack import Stack
from tests.synthesis import synthesised

REGION = "us-east-1"


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A state directory of its own."""
    return State(tmp_path_factory.mktemp("local")).make()


@pytest.fixture(scope="session")
def embedded_process(state: State) -> Iterator[processes.Process]:
    """The embedded AWS, running."""
    root.ensure(state, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    specification = embedded.specification(state, ports.choose(state)["aws"], REGION, ACCOUNT)
    process, _ = service.ensure(state, specification)
    yield process
    processes.stop(state, process)


@pytest.fixture(scope="session")
def aws(state: State, embedded_process: processes.Process) -> Embedded:
    """Clients of the embedded AWS."""
    return Embedded(state, embedded_process.port, REGION)


@pytest.fixture
def projects(state: State) -> Callable[[], Any]:
    """Reads the Bedrock Projects that exist."""
    return lambda: json.loads((state.directory / "projects.json").read_text())


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The templates of the suite's deployment, as ``app.py`` writes them, by stack."""
    _, out, _ = synthesised(tmp_path_factory)
    return {path.name.removesuffix(".template.json"): _read(path) for path in out.glob("*.template.json")}


def _read(path: Path) -> dict[str, Any]:
    template: dict[str, Any] = json.loads(path.read_text())
    return template


@pytest.fixture
def stack(aws: Embedded, request: pytest.FixtureRequest) -> Stack:
    """A stack named after its test."""
    return Stack(aws, request.node.name.replace("_", "-").split("[")[0])
