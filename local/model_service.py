"""How the model is started, and what the stand-in for bedrock-mantle is told of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from local import command, ports
from local.service import Service
from local.state import ROOT, State

__all__ = ["MODEL_NAME", "environment", "service"]

MODEL_NAME = "Gemma 3 270M, base"
_STOP = ["\nQuestion:", "\nAnswer:"]
_PYTHON = ROOT / ".venv" / "gemma" / "bin" / "python"
_FILE = "gemma.json"


def service(state: State) -> Service:
    """Return how the model is started; its key is random, made when it is first started."""
    key = _key(state)
    port = ports.another(state, "gemma")
    return Service(
        name="gemma",
        command=(str(_PYTHON), "-I", str(ROOT / "local" / "gemma" / "serve.py")),
        environment=command.environment(state, {"GEMMA_PORT": str(port), "GEMMA_KEY": key}),
        port=port,
        sources=("gemma/serve.py", "requirements-gemma.txt"),
    )


def environment(state: State) -> Mapping[str, str]:
    """Return what the stand-in reads: where the model is, its name, its key, and where an answer stops."""
    return {
        "LOCAL_MODEL_URL": f"http://{ports.HOST}:{ports.another(state, 'gemma')}/v1",
        "LOCAL_MODEL_NAME": MODEL_NAME,
        "LOCAL_MODEL_KEY": _key(state),
        "LOCAL_MODEL_STOP": json.dumps(_STOP),
    }


def _key(state: State) -> str:
    known = state.read(_FILE)
    if isinstance(known, dict) and isinstance(known.get("key"), str) and known["key"]:
        return str(known["key"])
    made = secrets.token_urlsafe(30)
    state.write(_FILE, {"key": made})
    return made
