"""OpenCode, a coding agent, against the deployed kit: with the documented settings it does a task by its own tools.

Whatever is not the kit is behind a proxy that does not exist.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local.state import ROOT
from tests.e2e.clients import OPENCODE
from tests.e2e.kit import Kit

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not OPENCODE.exists(), reason="of OpenCode, the binary for Linux on x86-64 is installed alone"),
]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A project with the documented settings."""
    found = re.search(r"### OpenCode\n\n```json\n(.*?)```", (ROOT / "docs" / "agents.md").read_text(), re.DOTALL)
    assert found, "docs/agents.md has lost its settings for OpenCode"
    json.loads(found[1])
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "opencode.json").write_text(found[1])
    return folder


def run(kit: Kit, work: Path, prompt: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(work.parent),
        "OPENAI_BASE_URL": kit.base("atlas"),
        "OPENAI_API_KEY": kit.token("atlas"),
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE),
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        [OPENCODE, "run"],
        input=prompt,
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_it_runs_a_command_and_reads_what_came_of_it(quiet: Kit, work: Path) -> None:
    command = json.dumps({"command": "echo made > here.txt && cat here.txt", "description": "makes a file"})
    done = run(quiet, work, f"call: bash {command}")
    assert done.returncode == 0, done.stderr
    assert (work / "here.txt").read_text() == "made\n"
    assert "The tool answered: made" in done.stdout


def test_a_blocked_prompt_is_shown_with_its_reason(quiet: Kit, work: Path) -> None:
    done = run(quiet, work, "All about Project Nightjar.")
    assert "blocked by the guardrail" in done.stdout + done.stderr
    assert quiet.requests("mantle") == []
