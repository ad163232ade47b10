"""Guarantees: a schema is held to as far as it can be told, and costs no more than it weighs, whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.openai import schema

from ..support.authority import Authority
from ..world import (
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

everywhere = pytest.mark.parametrize(
    ("route", "stream"), [(r, s) for r in ("chat", "responses") for s in (False, True)]
)


@pytest.fixture
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=4)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)

bounds = {f"{side}{unit}": st.integers(0, 3) for side in ("min", "max") for unit in ("Length", "Items", "Properties")}
schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"]),
            "enum": st.lists(values, min_size=1, max_size=2),
            "const": values,
            "minimum": st.integers(-9, 9),
            "exclusiveMaximum": st.integers(-9, 9),
            "multipleOf": st.integers(1, 3),
            "uniqueItems": st.booleans(),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "pattern": st.just("^a"),
            **bounds,
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            **{name: st.lists(inner, min_size=1, max_size=2) for name in ("anyOf", "oneOf", "allOf")},
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "$ref": st.just("#/$defs/leaf"),
            "$defs": st.fixed_dictionaries({"leaf": inner}),
        },
    ),
    max_leaves=4,
)


@given(values, schemas)
def test_a_mismatch_is_one_by_the_reference_too(value: Any, found: dict[str, Any]) -> None:
    found = {**found, "$defs": {"leaf": {"type": ["string", "object"]}}}
    mine = schema.mismatch(value, found)
    theirs = jsonschema.Draft202012Validator(found).is_valid(value)
    if mine is not None:
        assert not theirs
    elif not theirs:
        # What is not looked at here is the only excuse for not seeing it.
        assert '"pattern"' in json.dumps(found)


@pytest.mark.parametrize(
    ("value", "step", "failed"),
    [
        (1.5, 1, True),
        (4.0, 2, False),
        (3.0, 2, True),
        (5, 0, False),
        (0.3, 0.1, False),
        (1e300, 7, False),
        (1.5, 10**400, False),
        (10**400, 7, True),
        (1, True, False),
    ],
)
def test_what_is_a_multiple_is_said_where_it_can_be(value: float, step: float, failed: bool) -> None:
    assert (schema.mismatch(value, {"multipleOf": step}) is not None) is failed


@pytest.mark.parametrize(
    "found",
    [
        {"$ref": "#"},
        {"$ref": "https://example.com/schema"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": 7, "minimum": "x", "required": "a", "properties": [], "enum": 3, "items": 4},
        7,
    ],
)
def test_a_schema_that_says_nothing_or_never_ends_is_no_mismatch(found: Any) -> None:
    assert schema.mismatch({"a": [1]}, found) is None


DEEP = "[" * 950 + "]" * 950
#: A caller's schema, and an answer to it.
HARMFUL: dict[str, tuple[Any, str]] = {
    "an object for a type": ({"type": {"a": 1}}, '{"a":1}'),
    "an object among types": ({"type": [{}]}, '{"a":1}'),
    "an index of many digits": ({"$ref": "#/allOf/" + "1" * 5000, "allOf": [{}]}, '{"a":1}'),
    "deep answers, all different": ({"uniqueItems": True}, f"[{DEEP},{DEEP}]"),
    "a deep answer of an enum": ({"enum": [[1], [[1]]]}, DEEP),
    "lists where names are": ({"required": [[1]], "dependentRequired": {"a": [[1], {}]}}, '{"a":1}'),
    "words for bounds": ({"minimum": "x", "maxProperties": [], "multipleOf": {}}, '{"a":1}'),
    "objects for lists": ({"anyOf": {}, "allOf": 1, "oneOf": "x", "enum": {}, "prefixItems": 3}, '{"a":1}'),
    "a reference to itself": ({"$ref": "#/$ref"}, '{"a":1}'),
}


@everywhere
@pytest.mark.parametrize("name", HARMFUL)
def test_a_schema_that_a_caller_writes_crashes_nothing(here: World, route: str, stream: bool, name: str) -> None:
    found, text = HARMFUL[name]
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": found}}
    if route == "chat":
        here.mantle = streaming(*chat_events([text])) if stream else answering(chat_answer(text))
        reply = here.call("/chat/completions", chat(response_format=form, stream=stream))
    else:
        item = message_item(text)
        here.mantle = streaming(*response_events(item, cut=999)) if stream else answering(response_answer(item))
        flat = {"type": "json_schema", "name": "a", "schema": found}
        reply = here.call("/responses", ask(text={"format": flat}, stream=stream))
    assert reply.status in (200, 422)
    assert here.record["error"] in (None, "structured_output_mismatch")


MANY = [{"x": number} for number in range(60_000)]
HEAVY: dict[str, Any] = {
    "values": {"enum": MANY[:30_000]},
    "names": {"required": [str(number) for number in range(30_000)]},
    "types": {"type": ["string"] * 30_000},
    "dependent names": {"dependentRequired": {"a": [str(number) for number in range(30_000)]}},
    "a long reference": {"$ref": "#" + "/a" * 30_000},
    "fields": {str(number): 1 for number in range(30_000)},
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_schema_that_is_too_large_is_refused_before_the_model_is_paid(here: World, name: str) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": HEAVY[name]}}
    reply = here.call("/chat/completions", chat(response_format=form))
    assert (reply.status, reply.error["code"]) == (400, "schema_too_large")
    flat = {"type": "json_schema", "name": "a", "schema": HEAVY[name]}
    assert here.call("/responses", ask(text={"format": flat})).error["param"] == "text.format.schema"
    assert not here.server.requests


@pytest.mark.parametrize("name", HEAVY)
def test_every_entry_that_is_looked_at_is_a_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []

    class Counting(schema._Judge):
        def _count(self, steps: int) -> None:
            counted.append(steps)
            super()._count(steps)

    monkeypatch.setattr(schema, "_Judge", Counting)
    value = [{"a": 1}] * 1_000
    schema.mismatch(value, {"items": HEAVY[name], "a": {}})
    assert sum(counted) >= 3_000
    assert len(counted) < 200_000


def test_the_place_of_a_mismatch_is_written_once(here: World) -> None:
    long = "n" * 5_000
    found: Any = {"type": "integer"}
    value: Any = "x"
    for _ in range(50):
        found, value = {"properties": {long: found}}, {long: value}
    place = schema.mismatch(value, found)
    assert place is not None
    assert len(place[0]) == 50 * 5_001 + 1
