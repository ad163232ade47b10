"""What `docs/clients.md` offers to copy is run as it stands, with nothing but the environment that it asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import openai
import pytest

from local.state import ROOT
from tests.e2e import only
from tests.e2e.clients import MODULES, NODE
from tests.e2e.kit import REGION, Kit

SAID = "This is the stand-in for google.gemma-4-"


def snippets(language: str) -> list[tuple[list[str], str]]:
    """The document's blocks of a language, in order, each with what the last line before it says to install."""
    page = (ROOT / "docs" / "clients.md").read_text()
    found = []
    for block in re.finditer(rf"```{language}\n(.*?)```", page, re.DOTALL):
        said = re.findall(r"`(?:pip|npm) install ([^`]+)`", page[: block.start()])
        found.append((said[-1].split() if said else [], block[1]))
    assert found, f"docs/clients.md has lost its {language}"
    return found


def run(kit: Kit, team: str, program: list[str | Path], text: str, cwd: Path | None = None) -> str:
    """Run a program on a text in the environment of a team's caller."""
    key = kit.key(team)
    who = (
        {"OPENAI_API_KEY": kit.token(team)}
        if team == "atlas"
        else {
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
            "AWS_SESSION_TOKEN": key.session_token or "",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
    )
    made = subprocess.run(
        program,
        input=text,
        env={"PATH": os.defpath, "HOME": "/nonexistent", "OPENAI_BASE_URL": kit.base(team), **who},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_the_versions_on_the_page_are_those_that_run_here() -> None:
    page = (ROOT / "docs" / "clients.md").read_text()
    clients = Path(__file__).parent / "clients"
    installed: dict[str, str] = {}
    for folder in (clients, clients / "heavy"):
        wanted = json.loads((folder / "package.json").read_text())
        installed |= wanted["dependencies"] | wanted.get("optionalDependencies", {})
    for said in (
        f"| OpenAI for Python {openai.__version__} |",
        f"| OpenAI for JavaScript {installed['openai']} |",
        f"| Codex {installed['@openai/codex']} |",
        f"Vercel's AI SDK {installed['ai']} ",
        f"OpenCode {installed['opencode-linux-x64-baseline']}\n",
        f"`langchain-openai` {version('langchain-openai')} ",
        f"`agent-framework-openai` {version('agent-framework-openai')} ",
    ):
        assert said in page


PYTHON = snippets("python")
JAVASCRIPT = snippets("js")


@pytest.mark.parametrize(("packages", "text"), PYTHON, ids=[" ".join(packages) for packages, _ in PYTHON])
def test_python(quiet: Kit, tmp_path: Path, packages: list[str], text: str) -> None:
    python = only.environment(tmp_path / "venv", *packages)
    team = "beacon" if "botocore" in packages else "atlas"
    assert run(quiet, team, [python, "-I", "-"], text).startswith(SAID)


def test_agent_framework_sends_the_whole_conversation(quiet: Kit, tmp_path: Path) -> None:
    (text,) = (text for packages, text in PYTHON if packages == ["agent-framework-openai"])
    before = len(quiet.records("atlas"))
    run(quiet, "atlas", [only.environment(tmp_path / "venv", "agent-framework-openai"), "-I", "-"], text)
    first, second = (record["input_tokens"] for record in quiet.next_records("atlas", before, 2))
    assert second > first


@pytest.mark.parametrize(("packages", "text"), JAVASCRIPT, ids=[" ".join(packages) for packages, _ in JAVASCRIPT])
def test_javascript(quiet: Kit, tmp_path: Path, packages: list[str], text: str) -> None:
    modules = tmp_path / "node_modules"
    for name in packages:
        (modules / name).parent.mkdir(parents=True, exist_ok=True)
        (modules / name).symlink_to(MODULES / name)
    program = tmp_path / "snippet.mjs"
    program.write_text(text)
    assert run(quiet, "atlas", [NODE, program], "").startswith(SAID)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="no curl or no bash on this machine")
def test_curl(quiet: Kit) -> None:
    with_token, signed = (text for _, text in snippets("sh"))
    streamed = run(quiet, "atlas", ["bash"], with_token)
    assert streamed.endswith("data: [DONE]\n\n")
    assert SAID in run(quiet, "beacon", ["bash"], signed)
