"""An auditor verifies what the deployed kit has written: out of its log groups, with the team's key from KMS."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from botocore.credentials import ReadOnlyCredentials

from tests.clone import ROOT
from tests.e2e.kit import Kit
from tests.waiting import until
from tools.token import mint


def audit(kit: Kit, home: Path, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    ports = kit.state.read("ports.json") or {}
    place = ["--deployment", "Cloister", "--region", "us-east-1", "--endpoint", f"http://127.0.0.1:{ports['aws']}"]
    return subprocess.run(
        [sys.executable, "-m", "audit", *words, *place, "--json"],
        cwd=ROOT,
        env={
            "PATH": "",
            "HOME": str(home),
            "AWS_SHARED_CREDENTIALS_FILE": str(kit.state.directory / "credentials"),
        },
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_log_groups_of_the_deployment_are_whole(quiet: Kit, tmp_path: Path) -> None:
    done = audit(quiet, tmp_path, "verify")
    told = json.loads(done.stdout)
    faults = [finding for finding in told["findings"] if finding["fault"]]
    assert (done.returncode, faults) == (0, []), done.stderr
    assert told["signatures"] >= 1
    assert told["records"]["inference"] >= 3, "those of the tour at least"


def test_they_are_when_a_caller_was_refused(quiet: Kit, tmp_path: Path) -> None:
    """What Lambda's runtime writes of a refusal stands in the authorizer's log group beside its line."""
    key = quiet.key("atlas")
    keys = ReadOnlyCredentials(key.access_key, key.secret_key, key.session_token)
    base = quiet.base("atlas")
    token = mint(keys, "us-east-1", base.split("/")[3], now=datetime.now(UTC) - timedelta(minutes=16))
    assert httpx.get(f"{base}/models", headers={"authorization": f"Bearer {token}"}).status_code == 401
    logs = quiet.aws("logs")
    (group,) = (
        group["logGroupName"]
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws/cloudformation/Cloister-Team-atlas/")[
            "logGroups"
        ]
        if "/AuthorizerLogs" in group["logGroupName"]
    )
    until(lambda: logs.filter_log_events(logGroupName=group, filterPattern="Unauthorized")["events"])
    done = audit(quiet, tmp_path, "verify")
    assert done.returncode == 0, done.stdout


def test_a_request_that_was_sent_is_confirmed_and_another_is_not(quiet: Kit, tmp_path: Path) -> None:
    before = len(quiet.records("atlas"))
    body = {"messages": [{"role": "user", "content": "Grüße an 東京"}], "model": "google.gemma-4-31b", "max_tokens": 7}
    headers = {"Authorization": f"Bearer {quiet.token('atlas')}"}
    url = f"{quiet.base('atlas')}/chat/completions"
    assert httpx.post(url, json=body, headers=headers, timeout=60).status_code == 200
    (record,) = quiet.next_records("atlas", before)
    assert record["digest"]["missing"] is None
    mine = ("confirm", "--request", "-", "--team", "atlas")
    done = audit(quiet, tmp_path, *mine, given=json.dumps(dict(sorted(body.items())), indent=3, ensure_ascii=False))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["found"]
    assert [(line["request_id"], line["principal"]) for line in found] == [(record["request_id"], record["principal"])]
    assert "Grüße" not in done.stdout + done.stderr
    other = audit(quiet, tmp_path, *mine, given=json.dumps(body | {"max_tokens": 8}))
    assert other.returncode == 1, other.stderr
    assert json.loads(other.stdout)["looked_at"] >= 1
