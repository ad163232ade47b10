"""The embedded DynamoDB refuses what AWS refuses of a condition, and leaves the rest to the embedded AWS."""

from __future__ import annotations

import json

import pytest

from local.bedrock.ledger import wrong


@pytest.mark.parametrize(
    "condition", ["#c + :n <= :limit", "#c-:n<=:limit", "attribute_not_exists(#c) OR #c <= :limit - :n"]
)
def test_arithmetic_in_a_condition_is_refused(condition: str) -> None:
    said = wrong(json.dumps({"ConditionExpression": condition}).encode())
    assert said is not None
    assert "Syntax error" in said


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"ConditionExpression": 1}', b"{}"])
def test_what_it_does_not_know_is_left_to_the_embedded_aws(body: bytes) -> None:
    assert wrong(body) is None
