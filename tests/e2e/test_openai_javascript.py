"""OpenAI's library for JavaScript, under Node, against the deployed kit: what a team does with it, helpers included."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.clients import MODULES, NODE
from tests.e2e.kit import Kit

SCRIPT = Path(__file__).parent / "clients" / "openai.mjs"
COUNTED = " ".join(f"n{n}" for n in range(1, 2001))


def run(kit: Kit, *names: str) -> dict[str, Any]:
    """What the library makes of each of these."""
    made = subprocess.run(
        [NODE, SCRIPT, MODULES.parent, *names],
        env={"PATH": os.defpath, "OPENAI_BASE_URL": kit.base("atlas"), "OPENAI_API_KEY": kit.token("atlas")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found: dict[str, Any] = json.loads(made.stdout)
    return found


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_answers_whole_and_streamed(quiet: Kit, route: str) -> None:
    whole, streamed = run(quiet, f"{route}: whole", f"{route}: streamed").values()
    assert whole["text"] == ("hello from inside" if route == "chat" else "whole")
    assert streamed["text"] == COUNTED
    if route == "chat":
        assert whole["id"]
        assert streamed["finish"] == "stop"
        assert streamed["deltas"] > 1
        for usage in (whole["usage"], streamed["usage"]):
            assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    else:
        assert whole["status"] == streamed["status"] == "completed"
        assert whole["kinds"] == ["reasoning", "message"]
        assert {"response.created", "response.output_text.delta", "response.completed"} <= set(streamed["kinds"])


def test_tools_run_in_a_loop(quiet: Kit) -> None:
    """On Chat Completions by the library's own runner, which calls the function and asks again."""
    chat, responses = run(quiet, "chat: tools", "responses: tools").values()
    assert chat == {"text": "The tool answered: rain, 4 degrees", "asked": ["Oslo"]}
    assert responses == {"text": "The tool answered: rain", "asked": {"city": "Oslo"}}
    assert [request["reasoning_items"] for request in quiet.requests("mantle")] == [0] * 4


def test_structured_output(quiet: Kit) -> None:
    found = run(quiet, "chat: structured output", "responses: structured output")
    assert [made["value"] for made in found.values()] == [{"n": 1}, {"n": 1}]


def test_images(quiet: Kit) -> None:
    for made in run(quiet, "chat: image", "responses: image").values():
        assert "It was shown 1 image." in made["text"]


def test_the_models_are_the_teams(quiet: Kit) -> None:
    found = run(quiet, "models")["models"]
    assert found == {"ids": ["google.gemma-4-31b", "google.gemma-4-26b-a4b"], "one": "google.gemma-4-31b"}


def test_errors_are_the_librarys_own_with_code_and_parameter(quiet: Kit) -> None:
    blocked, refused = run(quiet, "a blocked prompt", "a refused parameter").values()
    assert (blocked["class"], blocked["status"], blocked["code"]) == ("BadRequestError", 400, "content_filter")
    assert (refused["class"], refused["status"], refused["param"]) == ("BadRequestError", 400, "store")
    assert quiet.requests("mantle") == []


def test_leaving_in_the_middle_of_a_stream_is_recorded(kit: Kit) -> None:
    before = len(kit.records("atlas"))
    with kit.told(chunk_delay_ms=3):
        run(kit, "a client that leaves")
        gone = kit.next_records("atlas", before)[0]
    assert (gone["status"], gone["error"]) == (499, "client_closed")
