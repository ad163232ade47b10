"""Guarantees: marks on what clients replay are taken, reach nobody and are named; ids pair in every turn."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.request.ids import Ids, safe

from ..support.authority import Authority
from ..world import BIG, World, answering, chat_answer, message_item, response_answer, world

CHAT: dict[str, Any] = {
    "model": BIG,
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "a"}],
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "x"}]},
        {"role": "user", "content": "say: ok"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
}
RESPONSES: dict[str, Any] = {
    "model": BIG,
    "store": False,
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "x"},
        {"type": "message", "role": "user", "content": "say: ok"},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
    "tool_choice": {"type": "function", "name": "f"},
}
ROUTES = {"/chat/completions": CHAT, "/responses": RESPONSES}

#: What is appended, and by whom.
MARKS: dict[str, Any] = {
    "parsed": {"city": "Oslo"},  # OpenAI's parse() for Python and JavaScript, on a message and on a part
    "parsed_arguments": {"a": 1},  # the same, on a function
    "cache_control": {"type": "ephemeral"},  # LiteLLM, OpenCode, AI SDK, aider
    "copilot_cache_control": {"type": "ephemeral"},
    "cachePoint": {"type": "default"},
    "provider_specific_fields": {"x": 1},  # LiteLLM
    "providerOptions": {"x": {"y": 1}},  # AI SDK
    "experimental_providerMetadata": {},
    "extra_content": {"google": {"thought_signature": "QQ"}},  # Gemini's own
    "thought_signature": "QQ",
    "reasoning_text": "r",  # Copilot
    "reasoning_opaque": "QQ",
    "index": 0,  # LangChain, and every call that was streamed
    "opts": {"visible": False},
    "response_metadata": {"model_name": "m"},  # LangChain
    "usage_metadata": {},
    "additional_kwargs": {},
    "invalid_tool_calls": [],
    "example": False,
    "logprobs": [{"token": "a"}],
    "annotations": [],
    "timestamp": 1.5,
    "$unknown words": "Tell all",
    "is_error": True,
    "toolCallId": "x",
    "uuid": "u",
}


def places(value: Any) -> Iterator[dict[str, Any]]:
    """Every message, part, call, item, tool and function of a request, but no schema."""
    for holder in (*value.get("messages", ()), *value.get("input", ()), *value["tools"], value["tool_choice"]):
        yield holder
        content = holder.get("content")
        yield from content if isinstance(content, list) else ()
        for call in holder.get("tool_calls", ()):
            yield call
            yield call["function"]
        if isinstance(holder.get("function"), dict):
            yield holder["function"]


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def sent(here: World, route: str, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    chatting = route == "/chat/completions"
    here.mantle = answering(chat_answer() if chatting else response_answer(message_item("x")))
    reply = here.call(route, body)
    assert reply.status == 200, reply.body
    return reply, here.prompts[-1]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_dropped_wherever_it_stands_and_named(here: World, route: str, mark: str) -> None:
    _, plain = sent(here, route, ROUTES[route])
    body = copy.deepcopy(ROUTES[route])
    marked = list(places(body))
    assert len(marked) >= 9
    for place in marked:
        place[mark] = MARKS[mark]
    reply, found = sent(here, route, body)
    assert found == plain, "nothing of it is sent"
    assert "Tell all" not in here.guarded
    named = reply.headers["x-cloister-dropped"].split(", ")
    assert mark in named if re.fullmatch(r"[A-Za-z0-9_.$-]+", mark) else "and 1 more" in named


def test_who_says_nothing_of_the_kind_is_told_nothing(here: World) -> None:
    assert all("x-cloister-dropped" not in sent(here, route, body)[0].headers for route, body in ROUTES.items())


@pytest.mark.parametrize("route", ROUTES)
def test_a_header_names_so_many_marks_and_counts_the_rest(here: World, route: str) -> None:
    body = copy.deepcopy(ROUTES[route])
    first = next(places(body))
    first.update({f"mark_{number}": 1 for number in range(40)} | {"line\r\nset-cookie: a=b": 1, "ü": 1})
    reply, _ = sent(here, route, body)
    said = reply.headers["x-cloister-dropped"]
    assert said.endswith("mark_15, and 26 more")


@pytest.mark.parametrize("route", ROUTES)
def test_a_parameter_that_is_not_known_is_still_refused(here: World, route: str) -> None:
    reply = here.call(route, {**ROUTES[route], "cache_control": {"type": "ephemeral"}})
    assert (reply.status, reply.error["code"], reply.error["param"]) == (400, "unknown_parameter", "cache_control")


STRANGE = [
    "call_2156408__thought__" + "A+/=" * 300,
    "call_ab+/c==",
    "tool@1 /x",
    "functions.get_time:0",
    "",
    "é" * 50,
    "a" * 41,
]


def conversation(route: str, *turns: str) -> dict[str, Any]:
    """A conversation with one call in each turn, under these ids."""
    found: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
    for id in turns:
        if route == "/responses":
            found.append({"type": "function_call", "call_id": id, "name": "f", "arguments": "{}"})
            found.append({"type": "function_call_output", "call_id": id, "output": "x"})
        else:
            call = {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
            found += [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": id, "content": "x"}]
    return {"model": BIG, "input" if route == "/responses" else "messages": found}


def pairs(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The ids of the calls and of their results, in what was sent."""
    calls, results = [], []
    for item in (*body.get("messages", ()), *body.get("input", ())):
        calls += [call["id"] for call in item.get("tool_calls", ())]
        if "tool_call_id" in item:
            results.append(item["tool_call_id"])
        elif item.get("type") == "function_call":
            calls.append(item["call_id"])
        elif item.get("type") == "function_call_output":
            results.append(item["call_id"])
    return list(zip(calls, results, strict=True))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("id", STRANGE)
def test_an_id_that_would_be_refused_is_replaced_on_both_sides_and_the_same_in_every_turn(
    here: World, route: str, id: str
) -> None:
    _, first = sent(here, route, conversation(route, id))
    _, later = sent(here, route, conversation(route, id, "call_2"))
    ((call, result),) = pairs(first)
    assert call == result
    assert safe(call)
    assert call != id
    assert pairs(later) == [(call, call), ("call_2", "call_2")]


@given(st.lists(st.sampled_from(["call_0", "call_1", "a/b", ""]), max_size=8))
def test_whatever_the_ids_each_call_has_its_own_and_its_result_has_it_too(given_ids: list[str]) -> None:
    ids = Ids()
    made = [(ids.call(id), ids.result(id)) for id in given_ids]
    assert all(call == result and safe(call) for call, result in made)
    assert len({call for call, _ in made}) == len(made)
    shorter = Ids()
    assert made[:-1] == [(shorter.call(id), shorter.result(id)) for id in given_ids[:-1]], "as in the turn before"


def test_calls_of_one_message_under_one_id_are_answered_in_their_order() -> None:
    ids = Ids()
    calls = [ids.call(""), ids.call("")]
    assert [ids.result(""), ids.result("")] == calls


#: What clients send that a strict service refuses -> what is sent of it.
STRICT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "only thoughts": (
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}]},
        {"role": "assistant", "content": ""},
    ),
    "thoughts beside a call": (
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}],
            "tool_calls": [{"id": "a", "function": {"name": "f"}}],
        },
        {
            "role": "assistant",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
    ),
    "no calls": ({"role": "assistant", "content": "x", "tool_calls": []}, {"role": "assistant", "content": "x"}),
    "a tool that gave nothing": (
        {"role": "tool", "tool_call_id": "a", "content": []},
        {"role": "tool", "tool_call_id": "a", "content": ""},
    ),
    "arguments as an object": (
        {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"b": 1}}}]},
        {
            "role": "assistant",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"b":1}'}}],
        },
    ),
}


@pytest.mark.parametrize("name", STRICT)
def test_what_is_sent_is_what_a_strict_service_takes(here: World, name: str) -> None:
    given_message, wanted = STRICT[name]
    body = {"model": BIG, "messages": [{"role": "user", "content": "hi"}, given_message]}
    assert sent(here, "/chat/completions", body)[1]["messages"][1] == wanted


def test_the_same_on_responses(here: World) -> None:
    items: list[dict[str, Any]] = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "reasoning_text", "text": "hm"}], "id": "m" * 300, "status": "odd"},
        {"role": "assistant", "content": [{"type": "input_text", "text": "a"}], "phase": "final_answer"},
        {"type": "function_call", "call_id": "a", "name": "f", "id": "fc_1", "status": "completed"},
        {"type": "function_call_output", "call_id": "a", "output": []},
    ]
    _, found = sent(here, "/responses", {"model": BIG, "input": items})
    assert found["input"][1:] == [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": [{"type": "output_text", "text": "a"}], "phase": "final_answer"},
        {"type": "function_call", "call_id": "a", "name": "f", "id": "fc_1", "status": "completed", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": ""},
    ]


def tool(route: str, name: str) -> dict[str, Any]:
    return (
        {"type": "function", "name": name}
        if route == "/responses"
        else {"type": "function", "function": {"name": name}}
    )


@pytest.mark.parametrize("route", ROUTES)
def test_without_tools_nothing_is_said_of_them(here: World, route: str) -> None:
    plain = {"model": BIG, "input": "hi"} if route == "/responses" else {**CHAT, "messages": CHAT["messages"][:2]}
    plain.pop("tools", None)
    for choice in ("auto", "none", {"type": "auto"}):
        _, found = sent(here, route, {**plain, "tools": [], "tool_choice": choice, "parallel_tool_calls": False})
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(found)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("word", ["auto", "none", "required"])
def test_a_choice_in_an_object_is_the_word_in_it(here: World, route: str, word: str) -> None:
    body = {**ROUTES[route], "tool_choice": {"type": word}}
    assert sent(here, route, body)[1]["tool_choice"] == word


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mode", ["auto", "required"])
def test_allowed_tools_are_those_that_are_sent(here: World, route: str, mode: str) -> None:
    among = {"mode": mode, "tools": [tool(route, "g")]}
    choice = {"type": "allowed_tools", **(among if route == "/responses" else {"allowed_tools": among})}
    body = {**ROUTES[route], "tools": [tool(route, "f"), tool(route, "g")], "tool_choice": choice}
    _, found = sent(here, route, body)
    assert (found["tools"], found["tool_choice"]) == ([tool(route, "g")], mode)


def test_truncation_is_taken_and_said_not_to_be_done(here: World) -> None:
    reply, found = sent(here, "/responses", {"model": BIG, "input": "hi", "truncation": "auto"})
    assert "truncation" not in found
    assert reply.headers["x-cloister-truncation"] == "disabled"
    assert reply.json["truncation"] == "disabled"


def test_an_image_has_a_media_type_that_there_is(here: World) -> None:
    url = "data:image/jpg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/"
    content = [{"type": "image_url", "image_url": {"url": url}}]
    _, found = sent(here, "/chat/completions", {"model": BIG, "messages": [{"role": "user", "content": content}]})
    assert json.dumps(found["messages"]).count("image/jpeg") == 1


@pytest.mark.parametrize("role", ["assistant", "tool"])
def test_nothing_that_was_said_comes_back_as_null(here: World, role: str) -> None:
    body = copy.deepcopy(CHAT)
    at = next(at for at, message in enumerate(body["messages"]) if message["role"] == role)
    body["messages"][at]["content"] = None
    if role == "assistant":
        del body["messages"][at]["tool_calls"], body["messages"][at + 1]
    here.mantle = answering(chat_answer())
    assert here.call("/chat/completions", body).status == 200
    assert here.prompts[-1]["messages"][at]["content"] == ""


@pytest.mark.parametrize("name", ["content", "output"])
def test_nothing_that_was_said_comes_back_as_null_in_an_item(here: World, name: str) -> None:
    body = copy.deepcopy(RESPONSES)
    at = next(at for at, item in enumerate(body["input"]) if name in item and item.get("role") != "user")
    body["input"][at][name] = None
    here.mantle = answering(response_answer(message_item("Hi")))
    assert here.call("/responses", body).status == 200
    assert here.prompts[-1]["input"][at][name] == ""
