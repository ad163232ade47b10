"""Whoever only calls a team installs a wheel and nothing else: it calls the deployed kit, by both ways of access."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from local.state import ROOT
from tests.e2e import only
from tests.e2e.kit import REGION, Kit
from tools import wheel

MODELS = {"atlas": "google.gemma-4-31b", "beacon": "google.gemma-4-e2b"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel and botocore, and no part of this clone."""
    folder = tmp_path_factory.mktemp("caller")
    made = wheel.build(ROOT, folder)
    python = only.environment(folder / "venv", "botocore")
    pip = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, *pip, "--disable-pip-version-check", made], check=True, timeout=120)
    return python.parent


def caller(kit: Kit, team: str, folder: Path) -> dict[str, Any]:
    """The environment of a team's caller, elsewhere than in a clone."""
    key = kit.key(team)
    return {
        "cwd": folder,
        "env": {
            "PATH": os.defpath,
            "HOME": "/nonexistent",
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
            "AWS_SESSION_TOKEN": key.session_token or "",
            "AWS_REGION": REGION,
        },
        "text": True,
    }


@contextmanager
def relayed(kit: Kit, team: str, access: str, installed: Path, folder: Path) -> Iterator[openai.OpenAI]:
    """The stock SDK, given what the relay printed."""
    command: list[str | Path] = [
        installed / "cloister-relay",
        "--url",
        kit.base(team),
        "--access",
        access,
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, **caller(kit, team, folder)) as running:
        try:
            assert running.stdout
            given = dict(running.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(2))
            with openai.OpenAI(
                base_url=given["OPENAI_BASE_URL"], api_key=given["OPENAI_API_KEY"], max_retries=0, timeout=60
            ) as client:
                yield client
        finally:
            running.terminate()


def test_the_token_opens_the_api(quiet: Kit, installed: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [installed / "cloister-token", "--url", quiet.base("atlas")]
    made = subprocess.run(command, capture_output=True, check=True, timeout=60, **caller(quiet, "atlas", tmp_path))
    with quiet.openai("atlas", made.stdout.strip()) as client:
        assert client.models.list().data[0].id == "google.gemma-4-31b"


@pytest.mark.parametrize(("team", "access"), [("atlas", "token"), ("beacon", "iam")])
def test_the_relay_answers_whole_and_streamed(
    quiet: Kit, installed: Path, tmp_path: Path, team: str, access: str
) -> None:
    before = len(quiet.records(team))
    with relayed(quiet, team, access, installed, tmp_path) as client:
        asked: list[Any] = [{"role": "user", "content": "say: through the relay"}]
        whole = client.chat.completions.create(model=MODELS[team], messages=asked)
        streamed = client.responses.create(model=MODELS[team], input="say: in pieces", stream=True)
        text = "".join(event.delta for event in streamed if event.type == "response.output_text.delta")
        with pytest.raises(openai.BadRequestError) as blocked:
            client.responses.create(model=MODELS[team], input="All about Project Nightjar.")
    assert (whole.choices[0].message.content, text) == ("through the relay", "in pieces")
    assert blocked.value.code == "content_filter"
    records = quiet.next_records(team, before, 3)
    assert [record["principal"] for record in records] == [quiet.key(team).arn] * 3


def test_a_team_that_signs_tells_a_relay_that_does_not(quiet: Kit, installed: Path, tmp_path: Path) -> None:
    with (
        relayed(quiet, "beacon", "token", installed, tmp_path) as client,
        pytest.raises(openai.APIStatusError, match="Signature Version 4") as refused,
    ):
        client.models.list()
    assert refused.value.status_code in (401, 403)
