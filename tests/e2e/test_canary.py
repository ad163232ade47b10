"""Guarantees: what callers and the model write rests nowhere in the deployed kit, in whatever form.

Logs, metrics, tables, objects, functions' settings, every file of the state directory, and the processes themselves.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import openai
import pytest

from local import processes
from tests.canary import Canary, Finder, Found, made
from tests.contents import contents
from tests.e2e.kit import Kit
from tests.waiting import LONG, until

MODEL = "google.gemma-4-31b"
CALLER = made("end to end")
#: A file that is larger than what a few requests could add to is not one of theirs alone: its end is read.
MOST = 4_000_000


def tools(canary: Canary) -> list[dict[str, Any]]:
    """A tool with a canary in all of it."""
    function = {"name": canary.word, "description": canary.text, "parameters": {canary.text: {"title": canary.text}}}
    return [{"type": "function", "function": function}]


def requests(kit: Kit, canary: Canary) -> int:
    """Ask by both routes, whole and streamed, rightly and wrongly; return how many of them leave a record."""
    more: dict[str, Any] = {"metadata": {canary.word: canary.text}, "user": canary.text}
    headers = {"x-canary": canary.word, "x-amzn-trace-id": f"Root={canary.word}", "user-agent": canary.word}
    said = f"say: {canary.text} {canary.word}"
    with kit.openai("atlas") as client:
        chats: Any = client.chat.completions
        messages = [{"role": "system", "content": canary.text}, {"role": "user", "content": said}]
        whole = chats.create(model=MODEL, messages=messages, extra_headers=headers, tools=tools(canary), **more)
        assert canary.word in whole.model_dump_json(), "the model says it again"
        list(chats.create(model=MODEL, messages=messages, stream=True, extra_body={canary.word: None}, **more))
        client.responses.create(model=MODEL, input=said, instructions=canary.text)
        list(client.responses.create(model=MODEL, input=said, stream=True))
        with pytest.raises(openai.BadRequestError):
            chats.create(model=MODEL, messages=messages, extra_body={canary.word: canary.text})
        with pytest.raises(openai.BadRequestError):
            chats.create(model=MODEL, messages=[{"role": "user", "content": f"{canary.word} Project Nightjar"}])
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(canary.word)
        count = 7
    nowhere, stranger = f"{kit.base('atlas')}/{canary.word}", {"Authorization": canary.word}
    httpx.get(nowhere, params={"q": canary.text}, headers=stranger, timeout=LONG)
    return count


def written(value: Any) -> bytes:
    """A value of a service's answer as text."""
    return json.dumps(value, default=str, ensure_ascii=False).encode()


def cloud(kit: Kit, since: float) -> Iterator[tuple[str, bytes]]:
    """What the services of the embedded AWS hold."""
    logs = kit.aws("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            yield f"group {name}", written(group)
            for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
                events = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])["events"]
                yield f"stream of {name}", written(stream)
                yield f"log of {name}", "\n".join(event["message"] for event in events).encode()
    for page in kit.aws("cloudwatch").get_paginator("list_metrics").paginate():
        yield "metrics", written(page["Metrics"])
    tables = kit.aws("dynamodb")
    for table in tables.list_tables()["TableNames"]:
        yield f"table {table}", written(tables.scan(TableName=table)["Items"])
    for page in kit.aws("lambda").get_paginator("list_functions").paginate():
        yield "functions", written(page["Functions"])
    objects = kit.aws("s3")
    for bucket in objects.list_buckets()["Buckets"]:
        for page in objects.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", []):
                yield f"key in {bucket['Name']}", entry["Key"].encode()
                if entry["LastModified"].timestamp() >= since:
                    body = objects.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"]
                    yield f"object in {bucket['Name']}", body.read()


def machine(kit: Kit, since: float) -> Iterator[tuple[str, bytes]]:
    """What the deployment holds on this machine: files, and processes."""
    for path in kit.state.directory.rglob("*"):
        yield "names of files", str(path).encode()
    for path, data in contents(kit.state.directory, since):
        yield str(path), data[-MOST:]
    for process in processes.every(kit.state):
        for name in ("cmdline", "environ"):
            # It may end between the list and the look.
            with suppress(FileNotFoundError, ProcessLookupError):
                yield f"{name} of {process.name}", Path(f"/proc/{process.pid}/{name}").read_bytes()


def leaks(kit: Kit, canary: Canary, since: float) -> list[Found]:
    """Where any of a canary is."""
    finder = Finder()
    finder.add("word", canary.word)
    finder.add("text", canary.text)
    found: list[Found] = []
    for place, data in chain(cloud(kit, since), machine(kit, since)):
        found += finder.search(data, place)
    return found


def logged(kit: Kit, id: str) -> bool:
    """Whether a record has come to its log group."""
    logs, group = kit.aws("logs"), kit.outputs("Team-atlas")["ProxyLogGroup"]
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    got = (logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"]) for stream in streams)
    return any(id in event["message"] for answer in got for event in answer["events"])


def test_what_was_written_rests_nowhere(quiet: Kit) -> None:
    since, before = time.time() - 1, len(quiet.records("atlas"))
    count = requests(quiet, CALLER)
    records = quiet.next_records("atlas", before, count)
    until(lambda: logged(quiet, records[-1]["request_id"]), "the last record is not in its log group")
    assert leaks(quiet, CALLER, since) == []


def test_what_rested_somewhere_would_be_found(quiet: Kit) -> None:
    """The test of the test: a file, an object, an item, a line and the name of a log's stream, each in another form."""
    since, canary, other = time.time() - 1, made("seeded end to end"), quiet.aws("s3")
    other.create_bucket(Bucket="seeded")
    other.put_object(Bucket="seeded", Key="a", Body=canary.text.encode("utf-16-le"))
    file = quiet.state.temporary / "seeded"
    file.write_bytes(canary.word.encode().hex().encode())
    logs, tables, stream = quiet.aws("logs"), quiet.aws("dynamodb"), canary.word[::-1]
    logs.create_log_group(logGroupName="seeded")
    logs.create_log_stream(logGroupName="seeded", logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": quote(canary.text)}
    logs.put_log_events(logGroupName="seeded", logStreamName=stream, logEvents=[event])
    key = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "id", "AttributeType": "S"}
    tables.create_table(
        TableName="seeded", KeySchema=[key[0]], AttributeDefinitions=[key[1]], BillingMode="PAY_PER_REQUEST"
    )
    tables.put_item(TableName="seeded", Item={"id": {"S": hashlib.sha256(canary.word.encode()).hexdigest()[:16]}})
    try:
        places = {found.place for found in leaks(quiet, canary, since)}
        assert {str(file), "stream of seeded", "log of seeded", "object in seeded", "table seeded"} <= places
    finally:
        file.unlink()
        logs.delete_log_group(logGroupName="seeded")
        tables.delete_table(TableName="seeded")
        other.delete_object(Bucket="seeded", Key="a")
        other.delete_bucket(Bucket="seeded")
