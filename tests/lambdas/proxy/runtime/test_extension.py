"""Guarantees: a process that cannot be told of its end starts and works all the same."""

from __future__ import annotations

import pytest

from lambdas.proxy.runtime.extension import register

from ..support.runtime_server import RuntimeServer


def test_it_registers_for_no_event_and_waits_for_none() -> None:
    with RuntimeServer() as api:
        assert register(api.address)
        assert dict(api.extensions[0].headers)["lambda-extension-name"] == "cloister-shutdown"


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "500 Oops", "banana"])
def test_a_refusal_is_no_fault(status: str) -> None:
    with RuntimeServer() as api:
        api.register = status
        assert not register(api.address)
        assert [call.path for call in api.extensions] == ["register"]


@pytest.mark.parametrize("address", ["", "127.0.0.1:1", "nowhere"])
def test_an_api_that_is_not_there_is_no_fault(address: str) -> None:
    assert not register(address)
