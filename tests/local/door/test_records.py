"""Where the functions' output goes, when it cannot be written.

Guarantees: a line that could not be written is written when it can be, in its order and whole, whether nothing or a
part of it went out; a function whose output waits beyond the bound does not run, and does again afterwards; what could
not be sent to its log group is sent later, of every group.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.door.invocation import FunctionError
from local.door.lambdas import Lambdas
from local.door.logs import Logs
from local.door.records import MOST_WAITING, Records
from tests.local.door.conftest import Workshop


def _no(number: int) -> Callable[..., Any]:
    def fails(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    return fails


@pytest.mark.parametrize(("call", "number"), [("open", errno.EMFILE), ("open", errno.ENFILE), ("write", errno.ENOSPC)])
def test_what_could_not_be_written_is_written_when_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    records = Records(tmp_path / "f.log")
    records.add("first")
    with monkeypatch.context() as full:
        full.setattr(f"local.door.records.os.{call}", _no(number))
        records.add("second")
        records.retry()
        assert (tmp_path / "f.log").read_text() == "first\n"
    records.add("third")
    assert (tmp_path / "f.log").read_text() == "first\nsecond\nthird\n"
    assert records.waiting == 0


def test_the_rest_of_a_line_comes_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records(tmp_path / "f.log")
    write, left = os.write, 6

    def scarce(file: int, data: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, "full")
        written = write(file, bytes(data[:left]))
        left -= written
        return written

    with monkeypatch.context() as full:
        full.setattr("local.door.records.os.write", scarce)
        for line in ("one", "two", "three"):
            records.add(line)
    assert (tmp_path / "f.log").read_text() == "one\ntw"
    records.retry()
    assert (tmp_path / "f.log").read_text() == "one\ntwo\nthree\n"


def test_a_function_goes_on_while_its_output_waits(workshop: Workshop, tmp_path: Path) -> None:
    """A log that cannot be opened for a while ends nothing, and loses nothing: the folder is not there at first."""
    logs = Logs(tmp_path / "records", lambda: None)
    (tmp_path / "records").rmdir()
    function = workshop.function("talks", 'def handler(event, context):\n    print(f"said {event}")\n')
    pool = workshop.pools["talks"]
    object.__setattr__(pool._place, "output", logs.write)
    for number in range(3):
        workshop.call(function, number)
    (tmp_path / "records").mkdir()
    workshop.call(function, 3)
    workshop.run(pool.close())
    logs._records["talks"].retry()
    written = (tmp_path / "records" / "talks.log").read_text().splitlines()
    assert [line for line in written if line.startswith("said")] == [f"said {number}" for number in range(4)]


def test_beyond_the_bound_a_function_does_not_run(workshop: Workshop, tmp_path: Path) -> None:
    logs = Logs(tmp_path / "records", lambda: None)
    function = workshop.function("talks", "def handler(event, context):\n    return 1\n")
    nothing: Any = None
    lambdas = Lambdas(nothing, workshop.keys, tmp_path, tmp_path, tmp_path, logs, "us-east-1")
    lambdas._pools["talks"] = workshop.pools["talks"]

    async def invoke() -> Any:
        async with await lambdas.invoke(function, b"{}") as invocation:
            return json.loads(b"".join([piece async for piece in invocation.pieces()]))

    assert workshop.run(invoke()) == 1
    (tmp_path / "records").rmdir()
    logs.write(function, "s", "x" * (MOST_WAITING + 1))
    with pytest.raises(FunctionError) as refused:
        workshop.run(invoke())
    assert refused.value.kind == "Sandbox.OutputNotWritten"
    assert lambdas.sizes() == {}, "its environments have ended"
    (tmp_path / "records").mkdir()
    assert not logs.stuck(function), "there is room again"


def test_what_a_log_group_did_not_take_is_sent_later(workshop: Workshop, tmp_path: Path) -> None:
    sent: list[tuple[str, str]] = []
    down = True

    class Client:
        class exceptions:  # noqa: N801 - boto3's own name
            ResourceAlreadyExistsException = KeyError

        def create_log_stream(self, **_names: str) -> None:
            if down:
                raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

        def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[dict[str, Any]]) -> None:  # noqa: N803
            sent.extend((logGroupName, event["message"]) for event in logEvents)

    logs = Logs(tmp_path, Client)
    functions = [workshop.function(name, "handler = print\n") for name in ("a", "b")]
    for function in functions:
        logs.write(function, "stream", f"of {function.name}")
    logs.flush()
    assert sent == []
    down = False
    asyncio.run(asyncio.to_thread(logs.flush))
    assert sent == [("/logs/a", "of a"), ("/logs/b", "of b")]
    logs.close()
    assert len(sent) == 2, "once"
