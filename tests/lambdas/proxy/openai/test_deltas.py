"""Guarantees: an event that is told by the bytes around its text says what its JSON says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.proxy.openai.deltas import TRIES, Deltas


def event(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more}


def raw(value: dict[str, Any], *, ascii: bool = False, spaced: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=ascii, separators=(", ", ": ") if spaced else (",", ":")).encode()


def knowing(*seen: bytes) -> Deltas:
    deltas = Deltas()
    for data in seen:
        deltas.learn(data, json.loads(data))
    return deltas


@given(st.text(), st.booleans(), st.booleans())
@example('"}}]}', False, False)
@example("\\", False, False)
@example("\u2028", False, False)
@example("\ud83d\ude00", True, False)
def test_a_text_is_what_the_json_says_or_is_left_to_it(text: str, ascii: bool, spaced: bool) -> None:
    deltas = knowing(raw(event({"content": " first"}), spaced=spaced))
    found = deltas.read(raw(event({"content": text}), ascii=ascii, spaced=spaced))
    assert found in (None, ("content", text))


@given(st.binary(max_size=40))
@example(b'x","tool_calls":[{}],"content":"y')
@example(b'x"},"finish_reason":"stop","delta":{"content":"y')
@example(b"\\")
@example(b"\xff")
@example(b"\n")
def test_no_bytes_between_pass_for_a_text_that_are_none(inner: bytes) -> None:
    before, after = raw(event({"content": "@"})).split(b"@")
    found = knowing(before + b"first" + after).read(before + inner + after)
    if found is None:
        return
    parsed = json.loads(before + inner + after)
    assert parsed == event({"content": found[1]})
    assert found[0] == "content"


def test_what_is_learned_is_the_kind_alone() -> None:
    deltas = knowing(raw(event({"content": "a"})), raw(event({"reasoning_content": "b"})))
    assert deltas.read(raw(event({"content": "more of it"}))) == ("content", "more of it")
    assert deltas.read(raw(event({"reasoning_content": "secret thoughts"}))) == ("reasoning_content", "")
    for other in (
        event({"content": "a"}, usage={"total_tokens": 1}),
        event({"content": "a", "refusal": "b"}),
        event({"refusal": "a"}),
        {**event({"content": "a"}), "id": "c2"},
        event({"role": "assistant"}),
    ):
        assert deltas.read(raw(other)) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"content":"x","choices":[{"delta":{"content":"a"}}]}',
        b'{"choices":[{"delta":{"content":"a","content":"b"}}]}',
        b'{"choices":[{"delta":{"content":"a\\u0041"}}]}',
        b'{"choices":[{"delta":{"content":"a","other":"b"}}]}',
        b'{"choices":[{"delta":{"content":""}}]}',
    ],
)
def test_what_could_be_mistaken_is_not_learned(data: bytes) -> None:
    assert knowing(data).read(data) is None


def test_a_stream_that_never_repeats_itself_is_given_up_on() -> None:
    events = [{**event({"content": "a"}), "noise": str(number)} for number in range(TRIES + 1)]
    deltas = knowing(*map(raw, events))
    assert deltas.read(raw(events[TRIES - 1])) == ("content", "a")
    assert deltas.read(raw(events[TRIES])) is None
