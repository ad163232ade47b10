"""The archive of a team's prompts and answers, through the whole kit: what is in it, and what is said without it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.clone import ROOT
from tests.e2e.changed import changed
from tests.e2e.kit import Kit
from tests.e2e.test_guarding import answer
from tests.e2e.test_openai_sdk import MODEL, user
from tests.waiting import until

ADDRESS = "ada.lovelace@example.com"
#: What the kit makes for a team that has one: the bucket, its policy, the key and the reader, as its own test has them.
_SNAPSHOTS = Path(__file__).parents[1] / "stacks/__snapshots__/test_prompt_archive"
_PARTS = _SNAPSHOTS / "test_a_teams_template_with_an_archive.json"


def parts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_PARTS.read_text().replace("111122223333", "000000000000"))
    return found


BUCKET = next(part["Properties"]["BucketName"] for part in parts().values() if part["Type"] == "AWS::S3::Bucket")


@pytest.fixture(scope="module")
def archiving(kit: Kit) -> Iterator[Kit]:
    """The kit, with an archive of team atlas's prompts and answers, and no answer without it."""
    with changed(kit, {"archive": [BUCKET, "refuse"]}, parts()):
        yield kit


def archived(kit: Kit, record: dict[str, Any]) -> dict[str, Any]:
    """The object of a request, as the embedded AWS's administrator sees it."""
    s3 = kit.aws("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    (key,) = [key for key in keys if f"/{record['request_id']}/" in key]
    assert key.startswith(f"atlas/{record['time'][:10].replace('-', '/')}/")
    found: dict[str, Any] = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return found


@pytest.mark.parametrize("stream", [False, True])
def test_the_object_holds_what_was_said_with_its_masks_and_the_record_says_so(archiving: Kit, stream: bool) -> None:
    before = len(archiving.records("atlas"))
    prompt = f"decode: Write to {ADDRESS} or to grace.hopper%40example.com"
    with archiving.told(), archiving.openai("atlas") as client:
        text = answer(client, "chat", prompt, stream)
    assert text == "Write to {EMAIL} or to {EMAIL}"
    (record,) = archiving.next_records("atlas", before)
    assert (record["status"], record["archive"]) == (200, "written")
    found = archived(archiving, record)
    assert found["request"]["messages"][-1]["content"].startswith("decode: Write to {EMAIL} or to grace")
    assert "{EMAIL}" in found["answer"]
    assert (found["team"], found["principal"], found["archive"]) == ("atlas", record["principal"], "written")
    assert ADDRESS not in json.dumps(found), "what was masked is not there"
    assert "hopper@" not in json.dumps(found), "nor is it of the answer"
    until(lambda: record["request_id"] in archiving.log("ProxyFunction", "atlas").read_text(), "its line is written")
    assert "Write to" not in archiving.log("ProxyFunction", "atlas").read_text()


def test_the_documents_show_how_to_look_at_an_object_here(archiving: Kit) -> None:
    root = archiving.state.directory.parent
    page = (
        (ROOT / "docs" / "data.md")
        .read_text("utf-8")
        .partition("<!-- a test runs it -->\n```\n")[2]
        .partition("\n```")[0]
    )
    named = archiving.state.directory / "outputs.json"
    before = named.read_text()
    named.write_text(json.dumps({"Cloister-Team-atlas": {"PromptArchive": BUCKET}, "Cloister-Audit": {}}))
    try:
        done = subprocess.run(["sh", "-c", page], cwd=root, capture_output=True, text=True, check=True)
    finally:
        named.write_text(before)
    keys = [line.split()[0] for line in done.stdout.splitlines()]
    assert keys and all(key.startswith("atlas/") for key in keys)
    assert "{EMAIL}" in done.stdout


def test_no_answer_leaves_while_the_archive_is_away(archiving: Kit) -> None:
    before = len(archiving.records("atlas"))
    with archiving.told(outage=["s3"]), archiving.openai("atlas") as client:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as refused:
                client.chat.completions.create(model=MODEL, messages=user("say: never heard"), stream=stream)
            assert (refused.value.status_code, refused.value.code) == (503, "archive_unavailable")
            assert "never heard" not in refused.value.message
    assert [record["archive"] for record in archiving.next_records("atlas", before, 2)] == ["failed", "failed"]
