"""Vercel's AI SDK against the deployed kit: tools in a loop, conversations that go on, objects with zod's integers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.clients import MODULES, NODE
from tests.e2e.kit import Kit

SCRIPT = Path(__file__).parent / "clients" / "aisdk.mjs"


@pytest.fixture(scope="module")
def came(kit: Kit) -> dict[str, Any]:
    """What came of all of it: Node starts once."""
    environment = {"PATH": os.defpath, "OPENAI_BASE_URL": kit.base("atlas"), "OPENAI_API_KEY": kit.token("atlas")}
    made = subprocess.run(
        [NODE, SCRIPT, MODULES.parent],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found: dict[str, Any] = json.loads(made.stdout)
    return found


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_a_conversation_goes_on_behind_a_tool(came: dict[str, Any], route: str) -> None:
    assert came[route]["first"] == "The tool answered: rain in Oslo for 2 days"
    assert came[route]["second"] == "two"


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_streams_and_objects(came: dict[str, Any], route: str) -> None:
    assert came[route]["streamed"] == " ".join(f"n{n}" for n in range(1, 51))
    assert isinstance(came[route]["typed"]["n"], int)


def test_its_stateful_default_is_refused_with_what_is_right(came: dict[str, Any]) -> None:
    """It leaves the conversation to the service, by references to what is stored there: docs/clients.md mends it."""
    assert came["stateful"]["status"] == 400
    assert "item_reference" in came["stateful"]["error"]["message"]
    assert "send the whole conversation" in came["stateful"]["error"]["message"]
