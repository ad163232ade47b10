"""Guarantees: the tables of what guarding costs and how fast it goes are those that the data gives now."""

from __future__ import annotations

import math

import pytest

from tests.clone import ROOT
from tools.guarding import ALL, CHATS, FEW, PAGE, Chat, written


def test_the_page_has_the_tables_that_are_computed() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written(page) == page, "python -m tools.guarding writes them"


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for its costs"):
        written("# Guardrails")


def test_the_units_are_those_of_the_texts() -> None:
    assert Chat("", 1).units(once=False) == Chat("", 1).units(once=True) == 2 + 1 + 2
    assert Chat("", 2).units(once=False) == 5 + (2 + 2 + 2)
    assert Chat("", 2).units(once=True) == 5 + (2 + 2)
    document = Chat("", 1, 200_000).units(once=False)
    assert 2 + math.ceil(200_400 / 1000) + 2 <= document <= 1.02 * 205


def test_guarding_costs_more_than_the_tokens_and_once_less_than_each_time() -> None:
    for chat in CHATS:
        assert chat.guarding(FEW, once=False) < chat.guarding(ALL, once=False)
        assert chat.guarding(ALL, once=True) <= chat.guarding(ALL, once=False)
    fifty = CHATS[2]
    assert fifty.guarding(ALL, once=True) < 0.15 * fifty.guarding(ALL, once=False)
