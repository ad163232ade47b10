"""Guarantees: an event that is told by the bytes around its text says what its JSON says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.proxy.core import catalogue
from lambdas.proxy.openai.chat import Events
from lambdas.proxy.openai.deltas import RUNS, TRIES, Deltas
from lambdas.proxy.release.outbox import Outbox
from lambdas.proxy.request.prepared import Prepared

from ..world import BIG, catalogue_json


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


CONTENT, THOUGHT = (raw(event({name: "@"})).split(b"@") for name in ("content", "reasoning_content"))
inner = st.sampled_from(
    [
        b" word",
        b"",
        b"a\xc3\xa9",
        b"\xc3",
        b"\xa9",
        b"\\n",
        b'"',
        b'"}}]}',
        b"\x7f",
        b"\xe2\x80\xa8",
        b"\n",
        b"@".join(CONTENT),
    ]
)
ones = st.builds(lambda kind, text: text.join(kind), st.sampled_from([CONTENT, CONTENT, THOUGHT]), inner)
others = st.sampled_from([b"[DONE]", b"", raw(event({}, usage={})), b"\n".join(b"x".join(CONTENT) for _ in range(2))])


@given(st.lists(st.one_of(ones, ones, ones, others), min_size=1, max_size=8))
@example([b"a".join(CONTENT), b"b".join(CONTENT), b"c".join(THOUGHT)])
@example([b"\xc3".join(CONTENT), b"\xa9".join(CONTENT)])
@example([b"a".join(CONTENT), b"a".join(CONTENT) + b"\n" + b"a".join(CONTENT)])
def test_a_run_says_what_each_of_its_events_says(events: list[bytes]) -> None:
    deltas = knowing(raw(event({"content": "a"})), raw(event({"reasoning_content": "b"})))
    for at in range(len(events)):
        found = deltas.run(events, at)
        if found is None:
            assert deltas.read(events[at]) is None
            continue
        count, known = found
        alone = [deltas.read(data) for data in events[at : at + count]]
        assert len(alone) == count
        assert all(one is not None and one[0] == known[0] for one in alone)
        assert not count or known[1] == "".join(one[1] for one in alone if one is not None)


def test_a_run_is_all_of_its_kind_and_no_event_of_another() -> None:
    deltas = knowing(raw(event({"content": "a"})), raw(event({"reasoning_content": "b"})))
    thoughts = [raw(event({"reasoning_content": f"thought {number}"})) for number in range(30)]
    words = [raw(event({"content": f" w\u00f6rd{number}"})) for number in range(70)]
    end = raw({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events = [*thoughts, *words, end, b"[DONE]"]
    assert deltas.run(events, 0) == (30, ("reasoning_content", ""))
    assert deltas.run(events, 30) == (70, ("content", "".join(f" w\u00f6rd{number}" for number in range(70))))
    assert deltas.run(events, 100) is None
    assert deltas.run([words[0], raw(event({"content": 'quoted "so"'}))], 0) == (1, ("content", " w\u00f6rd0"))


def test_a_stream_that_never_keeps_to_a_kind_is_not_looked_at_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    real = Deltas.run

    def run(self: Deltas, events: Sequence[bytes], at: int) -> tuple[int, tuple[str, str]] | None:
        found = real(self, events, at)
        runs.append(found)
        return found

    monkeypatch.setattr(Deltas, "run", run)
    stream = Events(Prepared(catalogue.read(catalogue_json())[BIG], "default"), out := Outbox())
    pair = [raw(event({"reasoning_content": "x"})), raw(event({"content": "y"}))]
    stream.take_all([*pair, *pair * 1000])
    stream.take_all([raw({**event({}), "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})])
    assert sum(found is not None for found in runs) == RUNS
    assert out.due(0.0) == ["y" * 1001]
