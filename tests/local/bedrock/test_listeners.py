"""The stand-ins and their control know who may call: no page, and no stranger without the run's word or a key.

`tests/e2e/test_strangers.py` asks the same of whatever listens when the whole kit runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from local import root, strangers
from local.bedrock import control
from local.state import State
from tests.local.bedrock.conftest import KEY, MANTLE, Standins
from tests.waiting import LONG

PAGE = {"Origin": "https://evil.example"}


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Host": "127.0.0.1:80"}, False),
        ({"Host": "LOCALHOST:80", "Sec-Fetch-Site": "none"}, False),
        ({"Host": "127.0.0.1:81"}, True),
        ({"Host": "evil.example"}, True),
        ({}, True),
        ({"Host": "127.0.0.1:80", "Origin": "null"}, True),
        ({"Host": "127.0.0.1:80", "origin": "http://127.0.0.1:80"}, True),
        ({"Host": "127.0.0.1:80", "Sec-Fetch-Site": "same-site"}, True),
        ({"Host": "127.0.0.1:80", "Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_what_a_page_sends_is_known_by_its_headers(headers: dict[str, str], refused: bool) -> None:
    assert (strangers.refusal(headers.items(), strangers.loopback(80)) is not None) == refused


def test_two_hosts_are_none() -> None:
    assert strangers.refusal([("Host", "127.0.0.1:80"), ("host", "evil.example")], strangers.loopback(80))


def test_the_stand_ins_control_opens_by_the_runs_word(listen: Callable[[web.Application], int], tmp_path: Path) -> None:
    state = State(tmp_path).make()
    port = listen(control.application(control.Control(), state))
    for path in ("/_requests", "/_stored"):
        url = f"http://127.0.0.1:{port}{path}"
        assert httpx.get(url, timeout=LONG).status_code == 401, "there is no run, and so no word"
    root.ensure(state, "arn:aws:iam::000000000000:root", "000000000000")
    word = dict(root.control(state))
    for path in ("/_requests", "/_stored"):
        url = f"http://127.0.0.1:{port}{path}"
        assert httpx.get(url, timeout=LONG).status_code == 401
        assert httpx.get(url, headers={"Authorization": "Bearer guess"}, timeout=LONG).status_code == 401
        assert httpx.get(url, headers=word, timeout=LONG).status_code == 200
        assert httpx.get(url, headers=word | PAGE, timeout=LONG).status_code == 403
        assert httpx.get(url, headers=word | {"Host": "evil.example"}, timeout=LONG).status_code == 403


def test_a_right_signature_does_not_help_a_page_at_the_stand_ins(standins: Standins) -> None:
    with standins.http(KEY) as http:
        assert http.get(f"{MANTLE}/v1/models").status_code == 200
        assert http.get(f"{MANTLE}/v1/models", headers=PAGE).status_code == 403
