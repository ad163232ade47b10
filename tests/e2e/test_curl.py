"""curl (C), on the team that is called with Signature Version 4 and on the one with tokens: no library, no wrapper."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.e2e.kit import REGION, Kit

SMALL, BIG = "google.gemma-4-e2b", "google.gemma-4-31b"
TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
CURL = shutil.which("curl")


def _signs() -> bool:
    """Whether curl is there, and of 7.75 or later: the first with --aws-sigv4."""
    if CURL is None:
        return False
    said = subprocess.run([CURL, "--help", "all"], capture_output=True, text=True, check=True).stdout
    return "--aws-sigv4" in said


pytestmark = pytest.mark.skipif(not _signs(), reason="no curl with --aws-sigv4 (7.75 or later) on this machine")


def curl(*arguments: str, body: object = None) -> subprocess.CompletedProcess[str]:
    data = () if body is None else ("--header", "Content-Type: application/json", "--data-binary", "@-")
    return subprocess.run(
        [str(CURL), "--silent", "--show-error", "--no-buffer", "--max-time", "30", *data, *arguments],
        input=None if body is None else json.dumps(body),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


def signed(kit: Kit) -> list[str]:
    """What has curl sign as a caller of the team with `access: iam`."""
    key = kit.key("beacon")
    return [
        *("--aws-sigv4", f"aws:amz:{REGION}:execute-api"),
        *("--user", f"{key.access_key}:{key.secret_key}"),
        *("--header", f"X-Amz-Security-Token: {key.session_token}"),
    ]


def bearer(kit: Kit) -> list[str]:
    return ["--header", f"Authorization: Bearer {kit.token('atlas')}"]


def events(text: str) -> list[dict[str, Any]]:
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("team", ["atlas", "beacon"])
def test_chat_whole_and_streamed(quiet: Kit, team: str) -> None:
    who, model = (bearer(quiet), BIG) if team == "atlas" else (signed(quiet), SMALL)
    before = len(quiet.records(team))
    body = {"model": model, "messages": [{"role": "user", "content": "say: by curl"}]}
    url = f"{quiet.base(team)}/chat/completions"
    whole = json.loads(curl(*who, url, body=body).stdout)
    assert whole["choices"][0]["message"]["content"] == "by curl"
    streamed = curl(*who, url, body=body | {"stream": True}).stdout
    assert streamed.endswith("data: [DONE]\n\n")
    deltas = [choice["delta"].get("content") or "" for event in events(streamed) for choice in event["choices"]]
    assert "".join(deltas) == "by curl"
    assert [r["principal"] for r in quiet.next_records(team, before, 2)] == [quiet.key(team).arn] * 2


def test_responses_with_a_tool_and_a_schema(quiet: Kit) -> None:
    url, who = f"{quiet.base('beacon')}/responses", signed(quiet)
    streamed = events(curl(*who, url, body={"model": SMALL, "input": "say: streamed", "stream": True}).stdout)
    assert streamed[-1]["type"] == "response.completed"
    assert streamed[-1]["response"]["output"][-1]["content"][0]["text"] == "streamed"
    called = json.loads(curl(*who, url, body={"model": SMALL, "input": "call: weather {}", "tools": [TOOL]}).stdout)
    assert [item["name"] for item in called["output"] if item["type"] == "function_call"] == ["weather"]
    text = {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}}
    shaped = json.loads(curl(*who, url, body={"model": SMALL, "input": "a number", "text": text}).stdout)
    assert json.loads(shaped["output"][-1]["content"][0]["text"]) == {"n": 1}


def test_the_models_are_the_teams(quiet: Kit) -> None:
    listed = json.loads(curl(*signed(quiet), f"{quiet.base('beacon')}/models").stdout)
    assert [model["id"] for model in listed["data"]] == [SMALL]


def test_an_unsigned_call_is_refused_in_openais_form(quiet: Kit) -> None:
    made = curl("--write-out", "\n%{http_code}", f"{quiet.base('beacon')}/models").stdout
    answer, _, status = made.rpartition("\n")
    assert status == "401"
    assert json.loads(answer)["error"]["type"] == "authentication_error"
