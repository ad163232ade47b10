"""An auditor verifies what the deployed kit has written: out of its log groups, with the team's key from KMS."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.clone import ROOT
from tests.e2e.kit import Kit


def test_the_log_groups_of_the_deployment_are_whole(quiet: Kit, tmp_path: Path) -> None:
    ports = quiet.state.read("ports.json") or {}
    place = ["--deployment", "Cloister", "--region", "us-east-1", "--endpoint", f"http://127.0.0.1:{ports['aws']}"]
    done = subprocess.run(
        [sys.executable, "-m", "audit", "verify", *place, "--json"],
        cwd=ROOT,
        env={
            "PATH": "",
            "HOME": str(tmp_path),
            "AWS_SHARED_CREDENTIALS_FILE": str(quiet.state.directory / "credentials"),
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    told = json.loads(done.stdout)
    faults = [finding for finding in told["findings"] if finding["fault"]]
    assert (done.returncode, faults) == (0, []), done.stderr
    assert told["signatures"] >= 1
    assert told["records"]["inference"] >= 3, "those of the tour at least"
