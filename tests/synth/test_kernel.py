"""CDK's Node is started without another before it, and what it prints is still seen."""

from __future__ import annotations

import os
import subprocess
import sys

from synth import kernel
from tests.clone import ROOT

#: Starts CDK's process, says what it refuses, and by what commands it runs, one a line.
_ASKED = """
import os
from pathlib import Path
from aws_cdk import App, Stack
app = App()
try:
    Stack(app, "One"), Stack(app, "One")
except RuntimeError as error:
    print("refused:", error)
def below(process):
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        yield Path(f"/proc/{child}/cmdline").read_text().replace(chr(0), " ")
        yield from below(child)
nodes = [command for command in below(os.getpid()) if "program.js" in command or "jsii-runtime.js" in command]
print(*nodes, sep=chr(10))
"""


def asked(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Ask a Python in which CDK is imported."""
    return subprocess.run(
        [sys.executable, "-c", _ASKED], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )


def test_one_process_does_what_two_did() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JSII_N")}
    usual = asked(environment)
    kernel.prepare(environment)
    here = asked(environment)
    assert usual.returncode == here.returncode == 0, here.stderr
    (refused, *usual_commands), (refused_here, *commands) = usual.stdout.splitlines(), here.stdout.splitlines()
    assert refused == refused_here
    assert refused.startswith("refused: There is already a Construct with name 'One'")
    assert any("jsii-runtime.js" in command for command in usual_commands)
    assert commands
    assert all("channel.js" in command and "jsii-runtime.js" not in command for command in commands)


def test_a_runtime_that_is_laid_out_otherwise_is_started_as_it_wants() -> None:
    environment: dict[str, str] = {}
    kernel.prepare(environment)
    node = environment["JSII_NODE"]
    plain = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    assert subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout == plain.stdout
    shown = subprocess.run([node, "-p", "process.argv.length"], capture_output=True, text=True, check=True)
    assert shown.stdout == "1\n"
