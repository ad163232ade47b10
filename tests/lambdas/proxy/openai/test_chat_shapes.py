"""Guarantees: whatever shape a chat answer comes in, the client gets what the service meant, or an error."""

from __future__ import annotations

import doctest
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.openai import calls, chat, shapes

from .assembled import NAMES, prepared, relayed

USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
Meant = tuple[str, list[tuple[str, str]], str]


def chunk(delta: Any, finish: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": "c1", "created": 1, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def call(id: Any = "call_a", name: Any = "get_time", arguments: Any = "{}", index: Any = 0) -> dict[str, Any]:
    """A delta with a piece of a call; None leaves a field out."""
    function = {key: item for key, item in (("name", name), ("arguments", arguments)) if item is not None}
    found = {"index": index, "id": id, "type": "function", "function": function}
    return {"tool_calls": [{key: item for key, item in found.items() if item is not None}]}


def got(events: list[dict[str, Any]] | str) -> Meant | str:
    """What a client puts together: the text, the calls by name and arguments, and why it ended."""
    if isinstance(events, str):
        return events
    text, found, finish = "", {}, ""
    for event in events:
        for choice in event["choices"]:
            text += choice["delta"].get("content") or ""
            for item in choice["delta"].get("tool_calls") or ():
                found[item["index"]] = item
            finish = choice["finish_reason"] or finish
    ids = [item["id"] for item in found.values()]
    assert len(set(ids)) == len(ids)
    return text, [(item["function"]["name"], item["function"]["arguments"]) for item in found.values()], finish


HELLO: Meant = ("Hello.", [], "stop")
ONE: Meant = ("", [("get_time", "{}")], "tool_calls")
END, CALLED = chunk({}, "stop"), chunk({}, "tool_calls")
#: What was reported of services -> what is meant; a text is the code of an error.
CASES: dict[str, tuple[list[Any], Any]] = {
    "an empty reason before the end": ([chunk({"content": "Hel"}, ""), chunk({"content": "lo."}, ""), END], HELLO),
    "the usage after the finish, with a choice": (
        [chunk({"content": "Hello."}), END, chunk({}, None, usage=USAGE)],
        HELLO,
    ),
    "the finish twice": ([chunk({"content": "Hello."}), END, chunk({"content": ""}, "stop")], HELLO),
    "text after the finish": ([chunk({"content": "Hel"}), END, chunk({"content": "lo."})], "upstream_protocol"),
    "another word for the end": ([chunk({"content": "Hello."}, "EOS")], HELLO),
    "another word for the limit": ([chunk({"content": "Hello."}, "max_tokens")], ("Hello.", [], "length")),
    "an error as the reason": ([chunk({"content": "Hel"}, "error")], "upstream_error"),
    "a reason that nobody knows": ([chunk({"content": "Hel"}, "tired")], "upstream_protocol"),
    "an error without OpenAI's object": ([{"object": "error", "message": "no"}], "upstream_error"),
    "content as parts": ([chunk({"content": [{"type": "text", "text": "Hello."}]}), END], HELLO),
    "thoughts among the parts": (
        [chunk({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hello."}]}), END],
        HELLO,
    ),
    "a part that nobody knows": ([chunk({"content": [{"type": "image", "text": "x"}]}), END], "upstream_protocol"),
    "content as a number": ([chunk({"content": 7}), END], "upstream_protocol"),
    "a message in the place of a delta": (
        [{"choices": [{"index": 0, "message": {"content": "Hello."}, "finish_reason": "stop"}]}],
        HELLO,
    ),
    "the message again at the end": (
        [chunk({"content": "Hello."}), {"choices": [{"message": {"content": "Hello."}, "finish_reason": "stop"}]}],
        HELLO,
    ),
    "text as completions have it": ([{"choices": [{"text": "Hello."}]}, END], HELLO),
    "a second choice": ([{"choices": [{"index": 1, "delta": {"content": "x"}}]}, END], "upstream_protocol"),
    "a beat of nothing": ([b"", {"type": "ping"}, chunk({"content": "Hello."}), END, b" [DONE] "], HELLO),
    "a first chunk without choices": ([{"id": "", "choices": []}, chunk({"content": "Hello."}), END], HELLO),
    "empty id and name later": ([chunk(call(arguments="")), chunk(call("", "", "{}")), CALLED], ONE),
    "the whole name in each chunk": ([chunk(call(arguments="")), chunk(call()), CALLED], ONE),
    "another id in each chunk": ([chunk(call(arguments="{")), chunk(call("b", "get_time", "}")), CALLED], ONE),
    "another id and no name": ([chunk(call(arguments="")), chunk(call("b", None, "{}")), CALLED], ONE),
    "the name in pieces": ([chunk(call(name="get_", arguments=None)), chunk(call(None, "time")), CALLED], ONE),
    "the name, growing": ([chunk(call(name="get_", arguments="")), chunk(call(None, "get_time")), CALLED], ONE),
    "a name in pieces that is no tool's": (
        [chunk(call(name="get_", arguments="")), chunk(call(None, "tim", "{}")), CALLED],
        "upstream_protocol",
    ),
    "no name": ([chunk(call(name=None)), CALLED], "upstream_protocol"),
    "one name, or two": (
        [chunk(call(None, "get", "")), chunk(call(None, "get_time", "")), CALLED],
        "upstream_protocol",
    ),
    "calls without index": (
        [chunk(call(index=None)), chunk(call("b", "g", index=None)), CALLED],
        ("", [("get_time", "{}"), ("g", "{}")], "tool_calls"),
    ),
    "calls at the same index": (
        [chunk(call()), chunk(call("b")), chunk(call("c", "g")), CALLED],
        ("", [("get_time", "{}"), ("get_time", "{}"), ("g", "{}")], "tool_calls"),
    ),
    "calls at the same index, in pieces": (
        [chunk(call()), chunk(call("b", arguments="")), chunk(call(None, None, '{"a":1}')), CALLED],
        ("", [("get_time", "{}"), ("get_time", '{"a":1}')], "tool_calls"),
    ),
    "calls without id and index": (
        [chunk(call(None, index=None)), chunk(call(None, arguments='{"a":1}', index=None)), CALLED],
        ("", [("get_time", "{}"), ("get_time", '{"a":1}')], "tool_calls"),
    ),
    "calls under one id": (
        [chunk(call()), chunk(call(name="g", index=1)), CALLED],
        ("", [("get_time", "{}"), ("g", "{}")], "tool_calls"),
    ),
    "two calls in one": (
        [chunk(call(arguments='{"a":1}')), chunk(call(name=None, arguments='{"b":2}')), CALLED],
        "upstream_protocol",
    ),
    "a call that is no list": ([chunk({"tool_calls": call()["tool_calls"][0]}), CALLED], ONE),
    "a call without its object": (
        [chunk({"tool_calls": [{"id": "a", "name": "get_time", "arguments": "{}"}]}), CALLED],
        ONE,
    ),
    "OpenAI's former name": ([chunk({"function_call": {"name": "get_time", "arguments": "{}"}}, "function_call")], ONE),
    "arguments as an object": (
        [chunk(call(arguments={"zone": "UTC"})), CALLED],
        ("", [("get_time", '{"zone":"UTC"}')], "tool_calls"),
    ),
    "arguments as a list": ([chunk(call(arguments=[1])), CALLED], "upstream_protocol"),
    "arguments in full again": (
        [chunk(call(arguments='{"a":')), chunk(call(None, None, "1}")), chunk(call(None, None, '{"a":1}')), CALLED],
        ("", [("get_time", '{"a":1}')], "tool_calls"),
    ),
    "arguments, growing": (
        [chunk(call(arguments='{"a":')), chunk(call(None, None, '{"a":1}')), CALLED],
        ("", [("get_time", '{"a":1}')], "tool_calls"),
    ),
    "arguments in a string": (
        [chunk(call(arguments='"{\\"a\\":1}"')), CALLED],
        ("", [("get_time", '{"a":1}')], "tool_calls"),
    ),
    "no arguments": ([chunk(call(arguments="")), CALLED], ONE),
    "null for arguments": ([chunk(call(arguments="null")), CALLED], ONE),
    "arguments that are cut": ([chunk(call(arguments="")), chunk({}, "length")], ("", [("get_time", "")], "length")),
    "stop beside a call": ([chunk(call()), END], ONE),
    "a call that did not come": ([CALLED], "upstream_protocol"),
    "a call that is announced beside a text": ([chunk({"content": "Hello."}), CALLED], HELLO),
    "another kind of call": ([chunk({"tool_calls": [{"type": "custom", "custom": {}}]}), CALLED], "upstream_protocol"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reported_shape_is_read_as_it_was_meant(name: str) -> None:
    events, wanted = CASES[name]
    assert got(relayed("chat", events)) == wanted


WHOLE: dict[str, tuple[dict[str, Any], str | None, Any]] = {
    "content as parts": ({"content": [{"type": "text", "text": "Hello."}]}, "stop", HELLO),
    "arguments as an object": (
        {"tool_calls": [{"function": {"name": "get_time", "arguments": {"a": 1}}}]},
        "stop",
        ("", [("get_time", '{"a":1}')], "tool_calls"),
    ),
    "no arguments": ({"tool_calls": [{"id": "a", "function": {"name": "get_time"}}]}, "tool_calls", ONE),
    "the same call twice": (
        {"tool_calls": [{"id": "a", "function": {"name": "g"}}] * 2},
        "tool_calls",
        ("", [("g", "{}"), ("g", "{}")], "tool_calls"),
    ),
    "OpenAI's former name": ({"function_call": {"name": "get_time", "arguments": "{}"}}, "function_call", ONE),
    "no reason": ({"content": "Hello."}, None, HELLO),
    "another word": ({"content": "Hello."}, "end_turn", HELLO),
    "an error as the reason": ({"content": "Hello."}, "error", "upstream_error"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer_is_read_the_same(name: str) -> None:
    message, finish, wanted = WHOLE[name]
    answer = {"choices": [{"message": message, "finish_reason": finish}]}
    try:
        body = chat.Whole(answer, prepared("chat")).body()
    except ProxyError as error:
        assert error.code == wanted
        return
    (choice,) = body["choices"]
    found = choice["message"].get("tool_calls", [])
    for at, item in enumerate(found):
        item["index"] = at
    made = {"delta": choice["message"], "finish_reason": choice["finish_reason"]}
    assert got([{"choices": [made]}]) == wanted


def test_an_id_that_stood_in_the_history_is_not_given_again() -> None:
    old = {"id": "call_0", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    history = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "tool_calls": [old]},
        {"role": "tool", "tool_call_id": "call_0", "content": "x"},
    ]
    ids = []
    for given_id in ("call_0", "call_9", None, "no id\n"):
        events = relayed("chat", [chunk(call(given_id)), CALLED], prepared("chat", messages=history))
        assert not isinstance(events, str)
        (found,) = [
            event["choices"][0]["delta"]["tool_calls"]
            for event in events
            if "tool_calls" in str(event["choices"][0]["delta"])
        ]
        ids.append(found[0]["id"])
    assert ids[1] == "call_9", "the service's own is kept"
    assert len({*ids, "call_0"}) == 5


def test_answers_without_an_id_have_each_their_own() -> None:
    ids = set()
    for _ in range(2):
        events = relayed("chat", [{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]}])
        ids |= {event["id"] for event in events if isinstance(event, dict)}
    assert len(ids) == 2, "clients merge messages that have the same id"


# ---- random deviations, well meant ----

objects = st.dictionaries(st.sampled_from(["a", "zone", 'é"']), st.integers(0, 99) | st.text(max_size=5), max_size=3)


@st.composite
def deviating(draw: st.DrawFn) -> tuple[list[Any], Meant]:
    """The chunks of an answer, in which a service deviates as some do, and what it meant by them."""
    texts = draw(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), max_size=3))
    meant = [(draw(st.sampled_from(NAMES)), json.dumps(draw(objects))) for _ in range(draw(st.integers(0, 3)))]
    flags = {
        name: draw(st.booleans()) for name in ("parts", "blank", "later", "names", "cumulative", "object", "whole")
    }
    indexed = draw(st.sampled_from(["right", "none", "zero", "text"]))
    identified = draw(st.sampled_from(["right", "later empty", "each", "changing"]))
    chunks: list[Any] = [chunk({"role": "assistant", "content": ""})] if draw(st.booleans()) else []
    blank: Any = "" if flags["blank"] else None
    for text in texts:
        content: Any = [{"type": "text", "text": text}] if flags["parts"] else text
        chunks.append(chunk({"content": content}, blank))
    for at, (name, arguments) in enumerate(meant):
        cut = sorted({0, len(arguments), *draw(st.lists(st.integers(0, len(arguments)), max_size=2))})
        pieces: list[Any] = [arguments[a:b] for a, b in pairwise(cut)]
        if flags["cumulative"]:
            pieces = [arguments[:b] for b in cut[1:]]
        elif flags["object"]:
            pieces = [json.loads(arguments)]
        elif flags["whole"]:
            pieces.append("")
        for number, piece in enumerate(pieces):
            id: Any = f"call_{at}" if identified in ("right", "each") else f"call_{at}_{number}"
            if number and identified in ("right", "later empty"):
                id = "" if identified == "later empty" else None
            index: Any = {"right": at, "none": None, "zero": 0, "text": str(at)}[indexed]
            shown = name if number == 0 or flags["names"] else draw(st.sampled_from([None, ""]))
            chunks.append(chunk(call(id, shown, piece, index), blank))
    finish = draw(st.sampled_from(["stop", "tool_calls"])) if meant else "stop"
    chunks.append(chunk({}, finish))
    if flags["later"]:
        chunks.append(chunk({"content": ""}, draw(st.sampled_from([None, "", finish])), usage=USAGE))
    return chunks, ("".join(texts), meant, "tool_calls" if meant else "stop")


@given(deviating())
@settings(max_examples=200)
@example(([chunk({"content": "x"}), END], ("x", [], "stop")))
def test_what_a_client_puts_together_is_what_was_meant_or_an_error(made: tuple[list[Any], Meant]) -> None:
    chunks, (text, wanted, finish) = made
    found = got(relayed("chat", chunks))
    if isinstance(found, str):
        assert found == "upstream_protocol"
        return
    assert found[0] == text
    assert [(name, json.loads(arguments)) for name, arguments in found[1]] == [(n, json.loads(a)) for n, a in wanted]
    assert found[2] == finish


@pytest.mark.parametrize("module", [calls, shapes])
def test_the_examples_in_the_documentation_are_true(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
