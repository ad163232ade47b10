"""The package as it is deployed: unpacked, in an interpreter of its own, with no installed package to import."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambdas.package import build
from tests.lambdas.authorizer.conftest import ACCOUNT, PRINCIPAL, REGION, Api

ROOT = Path(__file__).parents[3]

# What Lambda does: imports the handler by its name, from the package's root.
RUN = f"""
import importlib, json, socket, sys, types
event, port = json.load(sys.stdin)
connect = socket.create_connection
socket.create_connection = lambda address, *rest, **options: connect(("127.0.0.1", port), *rest, **options)
handler = importlib.import_module("authorizer").handler
answer = handler(event, types.SimpleNamespace(invoked_function_arn="arn:aws:lambda:{REGION}:{ACCOUNT}:function:a"))
print(json.dumps(answer))
"""


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The function's code as AWS lays it out."""
    build(ROOT / "lambdas" / "authorizer", tmp_path / "authorizer.zip", python=sys.executable)
    with zipfile.ZipFile(tmp_path / "authorizer.zip") as package:
        package.extractall(tmp_path / "task")
    return tmp_path / "task"


def test_it_runs_alone_and_trusts_the_machines_store(api: Api, unpacked: Path) -> None:
    environment = {
        "PYTHONPATH": str(unpacked),
        "SSL_CERT_FILE": str(api.service.authority),
        "AWS_REGION": REGION,
        "CLOISTER_TEAM": "atlas",
        "CLOISTER_CALLERS": f"arn:aws:iam::{ACCOUNT}:role/atlas-developer",
    }
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", RUN],
        input=json.dumps([api.event(f"Bearer {api.token()}"), api.service.address[1]]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    logged, written = done.stdout.splitlines()
    assert json.loads(logged)["decision"] == "allow"
    assert json.loads(written)["principalId"] == PRINCIPAL
