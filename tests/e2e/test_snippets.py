"""What `docs/clients.md` offers to copy is run as it stands, with nothing but the environment that it asks for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from local.state import ROOT
from tests.e2e.clients import MODULES, NODE
from tests.e2e.kit import REGION, Kit

SAID = "This is the stand-in for google.gemma-4-"


def snippets(language: str) -> list[str]:
    """The document's blocks of a language, in order."""
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "clients.md").read_text(), re.DOTALL)
    assert found, f"docs/clients.md has lost its {language}"
    return list(found)


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


def test_the_versions_in_the_table_are_those_that_run_here() -> None:
    table = (ROOT / "docs" / "clients.md").read_text()
    installed = json.loads((Path(__file__).parent / "clients" / "package.json").read_text())["dependencies"]
    for name, version in (
        ("OpenAI for Python", openai.__version__),
        ("OpenAI for JavaScript", installed["openai"]),
        ("Codex", installed["@openai/codex"]),
    ):
        assert f"| {name} {version} |" in table


def test_python(quiet: Kit) -> None:
    with_token, signed = snippets("python")
    assert run(quiet, "atlas", [sys.executable, "-"], with_token).startswith(SAID)
    asks = 'print(client.responses.create(model="google.gemma-4-e2b", input="say: signed").output_text)\n'
    assert run(quiet, "beacon", [sys.executable, "-"], signed + asks) == "signed\n"


def test_javascript(quiet: Kit) -> None:
    (snippet,) = snippets("js")
    assert run(quiet, "atlas", [NODE, "--input-type=module", "-"], snippet, MODULES.parent).startswith(SAID)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="no curl or no bash on this machine")
def test_curl(quiet: Kit) -> None:
    with_token, signed = snippets("sh")
    streamed = run(quiet, "atlas", ["bash"], with_token)
    assert streamed.endswith("data: [DONE]\n\n")
    assert SAID in run(quiet, "beacon", ["bash"], signed)
