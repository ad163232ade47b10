"""LiteLLM's proxy, as it comes from PyPI (`make bench PEERS=1`), in front of the same services."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.http import Caller, post
from benchmarks.services import MODEL
from benchmarks.subjects import ROOT, Ground, Subject

__all__ = ["HOME", "LiteLlm", "version"]

HOME = ROOT / ".venv" / "peers"
_PATIENCE = 120.0
_KEY = "sk-bench"


def version() -> str:
    """Return the installed version."""
    ask = "from importlib.metadata import version; print(version('litellm'))"
    return subprocess.run([HOME / "bin/python", "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


class LiteLlm:
    """One worker of it, started and ready. It is called without any Lambda between, which is in its favour.

    Parameters
    ----------
    ground
        Where the services are.

    Attributes
    ----------
    started
        Seconds until it answered.

    Raises
    ------
    TimeoutError
        When it does not answer in two minutes.
    """

    def __init__(self, ground: Ground) -> None:
        config = ground.folder / "litellm.yaml"
        upstream = {
            "model": f"bedrock_mantle/{MODEL}",
            "api_base": f"https://localhost:{ground.port}/openai/v1",
            "aws_region_name": "us-east-1",
        }
        config.write_text(
            json.dumps(
                {
                    "model_list": [{"model_name": MODEL, "litellm_params": upstream}],
                    "litellm_settings": {"telemetry": False, "drop_params": True},
                    "general_settings": {"master_key": _KEY},
                }
            )
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._log = ground.folder / "litellm.log"
        environment = {
            **ground.environment,
            "HOME": str(ground.folder),
            "PATH": f"{HOME / 'bin'}{os.pathsep}{os.defpath}",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # or it fetches its prices from the internet
            "LITELLM_LOG": "ERROR",
        }
        self._caller: Caller | None = None
        began = time.perf_counter()
        with self._log.open("wb") as log, machine.on(machine.SUBJECT):
            self._process = subprocess.Popen(
                [HOME / "bin/litellm", "--config", config, "--host", "127.0.0.1", "--port", str(self._port)],
                env=environment,
                cwd=ground.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while self._caller is None:
            try:
                self._caller = Caller(self._port)
            except OSError:
                if self._process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    self.close()
                    raise TimeoutError(f"LiteLLM did not start: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.1)
        self.started = time.perf_counter() - began

    def subject(self) -> Subject:
        """Make a subject of it."""
        headers = [f"Authorization: Bearer {_KEY}"]
        pid = self._process.pid
        caller = self._caller
        assert caller is not None  # noqa: S101  # it was started
        return Subject(
            "LiteLLM",
            lambda body: caller.call(post("127.0.0.1", "/v1/chat/completions", body, headers)),
            lambda: machine.cpu(pid),
            lambda: machine.memory(pid),
        )

    def close(self) -> None:
        """End it."""
        if self._caller is not None:
            self._caller.close()
        self._process.kill()
        self._process.wait()


def installed() -> bool:
    """Whether it is there."""
    return Path(HOME / "bin" / "litellm").exists()
