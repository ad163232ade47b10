"""Codex, OpenAI's coding agent (Rust), against the deployed kit: it asks, runs the commands it is told to, and ends.

The configuration is the one of `docs/clients.md`. Whatever is not the kit is behind a proxy that does not exist.
"""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest

from local.state import ROOT
from tests.e2e.clients import CODEX, NODE
from tests.e2e.kit import Kit

pytestmark = pytest.mark.heavy
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def home(quiet: Kit, tmp_path: Path) -> Path:
    """A home with the documented configuration."""
    documented = (ROOT / "docs" / "clients.md").read_text()
    found = re.search(r"```toml\n(# ~/\.codex/config\.toml\n.*?)```", documented, re.DOTALL)
    assert found, "docs/clients.md has lost its configuration for Codex"
    told = re.sub(r'base_url = ".*"', f'base_url = "{quiet.base("atlas")}"', found[1])
    assert quiet.base("atlas") in told
    folder = tmp_path / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text(told)
    return tmp_path


def run(kit: Kit, home: Path, prompt: str, *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Let the agent work without questions; return its status and its events."""
    work = home / "work"
    work.mkdir(exist_ok=True)
    environment = {
        "PATH": os.pathsep.join((str(NODE.parent), os.defpath)),
        "HOME": str(home),
        "CODEX_HOME": str(home / ".codex"),
        "OPENAI_API_KEY": kit.token("atlas"),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE),
        "NO_PROXY": "127.0.0.1",
    }
    made = subprocess.run(
        [CODEX, "exec", "--json", "--skip-git-repo-check", *more, prompt],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return made.returncode, [json.loads(line) for line in made.stdout.splitlines() if line.startswith("{")]


def items(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    done = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item for item in done if item["type"] == kind]


def test_it_answers(quiet: Kit, home: Path) -> None:
    before = len(quiet.records("atlas"))
    status, events = run(quiet, home, "say: hello from inside")
    assert [item["text"] for item in items(events, "agent_message")] == ["hello from inside"]
    assert status == 0
    assert events[-1]["type"] == "turn.completed"
    assert events[-1]["usage"]["output_tokens"] > 0
    (record,) = quiet.next_records("atlas", before)
    assert (record["route"], record["stream"], record["status"]) == ("responses", True, 200)
    # What says which installation, window and turn asks stays in the proxy.
    assert "client_metadata" not in quiet.requests("mantle")[-1]["parameters"]


def test_it_runs_a_command_and_reads_what_came_of_it(quiet: Kit, home: Path) -> None:
    command = json.dumps({"cmd": "echo made > here.txt && cat here.txt"})
    # A sandbox of its own needs rights that a container may not give; the command is this test's.
    status, events = run(quiet, home, f"call: exec_command {command}", "--sandbox", "danger-full-access")
    assert status == 0
    assert (home / "work" / "here.txt").read_text() == "made\n"
    (ran,) = items(events, "command_execution")
    assert (ran["exit_code"], ran["aggregated_output"]) == (0, "made\n")
    (answered,) = items(events, "agent_message")
    assert answered["text"].startswith("The tool answered: ")
    assert answered["text"].endswith("made\n")


def png() -> bytes:
    """A red square that stands up to being decoded: the agent looks at what it sends."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff\0\0" * 8) * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_it_shows_an_image(quiet: Kit, home: Path) -> None:
    image = home / "pixel.png"
    image.write_bytes(png())
    _, events = run(quiet, home, "What is it?", "--image", str(image), "--")
    assert "It was shown 1 image." in items(events, "agent_message")[0]["text"]


def test_it_follows_a_schema(quiet: Kit, home: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    (home / "schema.json").write_text(json.dumps(schema))
    _, events = run(quiet, home, "give a number", "--output-schema", str(home / "schema.json"))
    assert [json.loads(item["text"]) for item in items(events, "agent_message")] == [{"n": 1}]


def test_a_blocked_prompt_ends_its_turn_with_the_reason(quiet: Kit, home: Path) -> None:
    status, events = run(quiet, home, "All about Project Nightjar.")
    assert status != 0
    assert events[-1]["type"] == "turn.failed"
    assert "content_filter" in events[-1]["error"]["message"]
    assert quiet.requests("mantle") == []
