"""Guarantees: what is written is what the json module writes, and what is read is what it reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.proxy.core.jsontext import compact, parse, writer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_it_is_what_the_json_module_writes(value: Any) -> None:
    assert compact(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert writer(ascii=True)(value) == json.dumps(value, separators=(",", ":"))
    assert parse(compact(value)) == value
    assert parse(json.dumps(value, indent=1).join("\n ")) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_refused(number: float) -> None:
    for write in (compact, writer(ascii=True)):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write({"n": [number]})


def test_what_is_no_value_of_json_is_refused() -> None:
    with pytest.raises(TypeError):
        compact({"a": object()})


def test_without_the_inner_part_of_the_module_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.encoder.c_make_encoder", None)
    assert writer()({"a": ["ü", 1.5, None]}) == compact({"a": ["ü", 1.5, None]})


@pytest.mark.parametrize("text", ["", "{", "1 2", "\ufeff1", '{"a":}'])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # the module's own words
        parse(text)
