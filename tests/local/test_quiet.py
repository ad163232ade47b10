"""The servers' log says what failed and where, and quotes nothing."""

from __future__ import annotations

import asyncio
import io
import logging
import sys

import pytest
from aiohttp import web

from local import quiet
from local.bedrock.server import listen

CANARY = "heron-9921-quartz"


def test_a_message_and_an_exceptions_text_are_left_out() -> None:
    log = quiet.logger("test")
    try:
        raise ValueError(CANARY)
    except ValueError:
        record = log.makeRecord(log.name, logging.ERROR, "f", 1, "about %s", (CANARY,), sys.exc_info())
    shown = log.handlers[0].format(record)
    assert shown.startswith("error: ValueError at test_quiet.py:")
    assert CANARY not in shown


async def talk(raw: bytes) -> bytes:
    async def fails(_request: web.Request) -> web.Response:
        raise KeyError(CANARY)

    app = web.Application()
    app.router.add_get("/", fails)
    runner, port = await listen(app, 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        return await asyncio.wait_for(reader.read(100), 5)
    finally:
        writer.close()
        await writer.wait_closed()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"500"), (f'{{"content": "{CANARY}"}}\r\n\r\n'.encode(), b"400")],
)
def test_a_server_that_fails_quotes_nothing(raw: bytes, status: bytes) -> None:
    handler = quiet.logger("bedrock").handlers[0]
    seen: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        seen.append(handler.format(record))
        return False

    # Not caplog: pytest hangs its own handler on loggers that keep their records from the root's.
    beyond = io.StringIO()
    elsewhere = logging.StreamHandler(beyond)
    handler.addFilter(keep)
    logging.getLogger().addHandler(elsewhere)
    try:
        answer = asyncio.run(talk(raw))
    finally:
        handler.filters.clear()
        logging.getLogger().removeHandler(elsewhere)
    assert answer.startswith(b"HTTP/1.1 " + status) or answer.startswith(b"HTTP/1.0 " + status)
    assert seen or status == b"400"
    assert CANARY not in "".join(seen) + beyond.getvalue()
