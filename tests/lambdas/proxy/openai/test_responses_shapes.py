"""Guarantees: whatever shape a streamed response comes in, the client gets what the service meant, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import omit
from openai._models import construct_type_unchecked
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.openai import responses

from ..support.authority import Authority
from ..world import (
    BLOCKED_MESSAGE,
    FORBIDDEN,
    World,
    ask,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)
from .assembled import NAMES, prepared, relayed

KIND: Any = ResponseStreamEvent
EVENT: TypeAdapter[Any] = TypeAdapter(KIND)


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def call_item(name: Any = "get_time", arguments: Any = "{}", **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": name, "arguments": arguments, **more}


def events(*items: dict[str, Any]) -> list[dict[str, Any]]:
    """A stream as OpenAI documents it."""
    return [json.loads(piece.partition(b"data: ")[2]) for piece in response_events(*items, cut=4)]


def without(*kinds: str) -> list[dict[str, Any]]:
    """One message and one call, without events of these kinds."""
    return [event for event in events(message_item("Hello."), call_item()) if event["type"] not in kinds]


def changed(kind: str, *items: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """A stream in which each event of a kind says something else besides, or instead."""
    return [{**event, **more} if event["type"] == kind else event for event in events(*items)]


def follow(found: list[dict[str, Any]]) -> Any:
    """Let OpenAI's own state machine follow a stream; return what it holds in the end."""
    state: Any = ResponseStreamState(text_format=omit, input_tools=[])
    for event in found:
        EVENT.validate_python(event)
        state.handle_event(construct_type_unchecked(value=event, type_=KIND))
    return state


def balanced(found: list[dict[str, Any]]) -> None:
    """See that every item and part that begins is done, in its order, and that events are numbered."""
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    opened: list[str] = []
    for event in found:
        where = event["type"].removeprefix("response.")
        if where.endswith(".added"):
            opened.append(where.removesuffix(".added"))
        elif where in ("content_part.done", "reasoning_summary_part.done", "output_item.done"):
            assert opened.pop() == where.removesuffix(".done")
    assert not opened


def got(found: list[dict[str, Any]] | str) -> Any:
    """The texts of the messages, the calls, and how it ended; all that says it twice says the same."""
    if isinstance(found, str):
        return found
    balanced(found)
    final = found[-1]
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert final["response"]["output"] == done
    assert [event["output_index"] for event in found if event["type"] == "response.output_item.added"] == list(
        range(len(done))
    )
    text = "".join(event["delta"] for event in found if event["type"] == "response.output_text.delta")
    assert text == "".join(part["text"] for item in done if item["type"] == "message" for part in item["content"])
    calls = [(item["name"], item["arguments"]) for item in done if item["type"] == "function_call"]
    ids = [item["call_id"] for item in done if item["type"] == "function_call"]
    assert len(set(ids)) == len(ids)
    return text, calls, final["type"].removeprefix("response.")


BOTH = ("Hello.", [("get_time", "{}")], "completed")
HELLO: Any = ("Hello.", [], "completed")
CALLED = ("", [("get_time", "{}")], "completed")
DELTA, ADDED, DONE = "response.output_text.delta", "response.output_item.added", "response.output_item.done"
ARGUMENTS = "response.function_call_arguments"
END = {"type": "response.completed", "response": {}}
CASES: dict[str, tuple[list[Any], Any]] = {
    "as documented": (without(), BOTH),
    "no beginning": (without("response.created"), BOTH),
    "no deltas of a text": (without(DELTA), BOTH),
    "no deltas and no text done": (without(DELTA, "response.output_text.done"), BOTH),
    "a text in its end alone": (without(DELTA, "response.output_text.done", DONE), BOTH),
    "items in the end alone": ([events()[0], events(message_item("Hello."), call_item())[-1]], BOTH),
    "no deltas of arguments": (without(f"{ARGUMENTS}.delta"), BOTH),
    "arguments when the item is done": (without(f"{ARGUMENTS}.delta", f"{ARGUMENTS}.done"), BOTH),
    "no items done": (without(DONE), BOTH),
    "a call that was not added": (without(ADDED, f"{ARGUMENTS}.delta", f"{ARGUMENTS}.done"), BOTH),
    "an end without output": ([*without()[:-1], END], BOTH),
    "the end twice": ([*without(), END], BOTH),
    "a text after the end": ([*without(), {"type": DELTA, "delta": "x"}], "upstream_protocol"),
    "another end": ([*without()[:-1], {"type": "response.done", "response": {"status": "completed"}}], BOTH),
    "a failure as the end": ([*without()[:-1], {**END, "response": {"status": "failed"}}], "upstream_error"),
    "no end": (without()[:-1], "upstream_truncated"),
    "a beat of nothing": ([b"", *without(), b"[DONE]"], BOTH),
    "ids that change": (changed(DELTA, message_item("Hello."), call_item(), item_id="other"), BOTH),
    "items that are not numbered": (
        [{key: item for key, item in event.items() if key != "output_index"} for event in without()],
        BOTH,
    ),
    "items that all have one number": (
        [{**event, "output_index": 0} if "output_index" in event else event for event in without()],
        BOTH,
    ),
    "a text that is another when it is done": (
        changed("response.output_text.done", message_item("Hello."), text="Hullo."),
        "upstream_protocol",
    ),
    "more text when it is done": (
        [
            *changed("response.output_text.done", message_item("Hello."), text="Hello. Bye.")[:-2],
            {"type": DONE, "output_index": 0, "item": message_item("Hello. Bye.")},
            END,
        ],
        ("Hello. Bye.", [], "completed"),
    ),
    "another text in the end": (
        [*events(message_item("Hello."))[:-1], {**END, "response": response_answer(message_item("Hullo."))}],
        "upstream_protocol",
    ),
    "another call in the end": (
        [*events(call_item())[:-1], {**END, "response": response_answer(call_item("g"))}],
        "upstream_protocol",
    ),
    "a part of another name": (
        [
            {"type": DONE, "item": {"type": "message", "content": [{"type": "text", "text": "Hello."}]}},
            END,
        ],
        HELLO,
    ),
    "content as a text": ([{"type": DONE, "item": {"type": "message", "content": "Hello."}}, END], HELLO),
    "an item that nobody knows": ([{"type": ADDED, "item": {"type": "web_search_call"}}], "upstream_protocol"),
    "a piece that nobody knows": ([{"type": "response.audio.delta", "delta": "x"}, END], "upstream_protocol"),
    "arguments as an object": ([{"type": DONE, "item": call_item(arguments={})}, END], CALLED),
    "no arguments": ([{"type": DONE, "item": call_item(arguments=None)}, END], CALLED),
    "a name that comes late": (
        [
            {"type": ADDED, "output_index": 0, "item": call_item(name=None, arguments="")},
            {"type": DONE, "output_index": 0, "item": call_item()},
            END,
        ],
        CALLED,
    ),
    "no name": ([{"type": DONE, "item": call_item(name=None)}, END], "upstream_protocol"),
    "two names": (
        [{"type": ADDED, "item": call_item("g", "")}, {"type": DONE, "item": call_item()}, END],
        "upstream_protocol",
    ),
    "arguments of no call": ([{"type": f"{ARGUMENTS}.delta", "delta": "{}"}, END], "upstream_protocol"),
    "arguments that are others when they are done": (
        changed(f"{ARGUMENTS}.done", call_item(arguments='{"a":1}'), arguments='{"a":2}'),
        "upstream_protocol",
    ),
    "calls that are written at once": (
        [
            {"type": ADDED, "output_index": 0, "item": call_item(arguments="")},
            {"type": ADDED, "output_index": 1, "item": call_item("g", "", id="fc_2", call_id="call_2")},
            {"type": f"{ARGUMENTS}.delta", "output_index": 0, "delta": '{"a"'},
            {"type": f"{ARGUMENTS}.delta", "output_index": 1, "delta": '{"b"'},
            {"type": f"{ARGUMENTS}.delta", "output_index": 0, "delta": ":1}"},
            {"type": f"{ARGUMENTS}.delta", "output_index": 1, "delta": ":2}"},
            END,
        ],
        ("", [("get_time", '{"a":1}'), ("g", '{"b":2}')], "completed"),
    ),
    "a call within a text": (
        [
            {"type": DELTA, "output_index": 0, "delta": "Hel"},
            {"type": ADDED, "output_index": 1, "item": call_item(arguments="")},
            {"type": DONE, "output_index": 1, "item": call_item()},
            {"type": DELTA, "output_index": 0, "delta": "lo."},
            END,
        ],
        BOTH,
    ),
    "texts of two messages at once": (
        [
            {"type": ADDED, "output_index": 0, "item": {"type": "message", "id": "a"}},
            {"type": DELTA, "output_index": 0, "item_id": "a", "delta": "Hel"},
            {"type": DELTA, "output_index": 1, "item_id": "b", "delta": "x"},
        ],
        "upstream_protocol",
    ),
    "a part that goes on after another": (
        [{"type": DELTA, "content_index": at, "delta": "x"} for at in (0, 1, 0)],
        "upstream_protocol",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reported_shape_is_read_as_it_was_meant(name: str) -> None:
    given_events, wanted = CASES[name]
    found = relayed("responses", given_events)
    assert got(found) == wanted
    if not isinstance(found, str):
        follow(found)


WHOLE: dict[str, tuple[dict[str, Any], Any]] = {
    "a part of another name": ({"type": "message", "content": [{"type": "text", "text": "Hello."}]}, "Hello."),
    "content as a text": ({"type": "message", "content": "Hello."}, "Hello."),
    "arguments as an object": (call_item(arguments={"a": 1}), '{"a":1}'),
    "no arguments": (call_item(arguments=""), "{}"),
    "no ids": ({"type": "function_call", "name": "g", "arguments": "{}"}, "{}"),
    "a kind that nobody knows": ({"type": "computer_call"}, "upstream_protocol"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_response_is_read_the_same(name: str) -> None:
    item, wanted = WHOLE[name]
    try:
        body = responses.Whole(response_answer(item), prepared("responses")).body()
    except ProxyError as error:
        assert error.code == wanted
        return
    (found,) = body["output"]
    Response.model_validate(body)
    assert (found["arguments"] if "arguments" in found else found["content"][0]["text"]) == wanted


def test_a_response_that_failed_is_an_error() -> None:
    for more in ({"status": "failed"}, {"error": {"code": "x"}}):
        with pytest.raises(ProxyError):
            responses.Whole({**response_answer(message_item("x")), **more}, prepared("responses"))


# ---- random deviations, well meant ----


@st.composite
def deviating(draw: st.DrawFn) -> tuple[list[Any], Any]:
    """The events of a response, of which some are left out or said in another way, and what is meant."""
    items: list[dict[str, Any]] = []
    text = draw(st.text(st.characters(codec="utf-8", exclude_categories=["Zs", "Cc"]), max_size=12))
    if text:
        items.append(message_item(text))
    for at in range(draw(st.integers(0, 2))):
        arguments = json.dumps(draw(st.dictionaries(st.sampled_from("ab"), st.integers(0, 99), max_size=2)))
        name = draw(st.sampled_from(NAMES))
        items.append(call_item(name, arguments, id=f"fc_{at}", call_id=f"call_{at}"))
    calls = [(item["name"], json.loads(item["arguments"])) for item in items if item["type"] == "function_call"]
    left = draw(
        st.sets(
            st.sampled_from(
                [
                    "response.created",
                    DELTA,
                    "response.output_text.done",
                    f"{ARGUMENTS}.delta",
                    f"{ARGUMENTS}.done",
                    DONE,
                    ADDED,
                ]
            )
        )
    )
    fields = draw(st.sampled_from([(), ("item_id",), ("output_index",), ("content_index",)]))
    bare = draw(st.booleans())
    made = []
    for event in events(*items):
        if event["type"] in left:
            continue
        event = {key: item for key, item in event.items() if key not in fields}
        if bare and event["type"] == "response.completed":
            event = END
        made.append(event)
    lost = bare and left & {DELTA, "response.output_text.done", f"{ARGUMENTS}.delta", f"{ARGUMENTS}.done", DONE, ADDED}
    return made, None if lost else (text, calls)


@given(deviating())
@settings(max_examples=200)
def test_what_a_client_puts_together_is_what_was_meant_or_an_error(made: tuple[list[Any], Any]) -> None:
    given_events, wanted = made
    found = got(relayed("responses", given_events))
    if isinstance(found, str) or wanted is None:
        return
    text, calls, _ = found
    assert (text, [(name, json.loads(arguments)) for name, arguments in calls]) == wanted


# ---- a block ----

LOREM = "The quick brown fox jumps over the lazy dog. " * 12
REASONED = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": LOREM}]}
BLOCKED: dict[str, list[dict[str, Any]]] = {
    "at once": [message_item(FORBIDDEN)],
    "late in a text": [message_item(LOREM + FORBIDDEN)],
    "in the second message": [message_item(LOREM), message_item(FORBIDDEN)],
    "in reasoning": [{**REASONED, "content": [{"type": "reasoning_text", "text": LOREM + FORBIDDEN}]}],
    "after reasoning": [REASONED, message_item(FORBIDDEN)],
    "in a call": [message_item(LOREM), call_item(arguments=json.dumps({"a": FORBIDDEN}))],
}


@pytest.mark.parametrize("pause", [0.0, 0.004])
@pytest.mark.parametrize("name", BLOCKED)
def test_a_blocked_stream_ends_as_the_whole_answer_does(here: World, name: str, pause: float) -> None:
    here.mantle = streaming(*response_events(*BLOCKED[name], cut=40), pause=pause)
    reply = here.call("/responses", ask(stream=True))
    found = reply.events
    balanced(found)
    state = follow(found)
    assert "Nightjar" not in reply.body.decode()
    assert [event["type"] for event in found[:2]] == ["response.created", "response.in_progress"]
    final = found[-1]
    assert final["type"] == "response.incomplete"
    response = Response.model_validate(final["response"])
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "content_filter"
    assert response.output_text.endswith(BLOCKED_MESSAGE)
    done = [event["item"] for event in found if event["type"] == DONE]
    assert done == final["response"]["output"]
    assert done[-1]["status"] == "incomplete"
    assert len(state._completed_output) == len(done)
    assert here.record["error"] == "content_filter"
