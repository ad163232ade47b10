"""The evaluator that other tests judge by agrees with AWS's own examples and tables."""

import pytest

from tests.stacks.policies.evaluate import Json, Request, allowed, denials


def statement(**changes: Json) -> Json:
    return {"Sid": "It", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"} | changes


READ = Request("s3:GetObject", "arn:aws:s3:::b/k")


@pytest.mark.parametrize(
    ("changes", "request_", "applies"),
    [
        ({}, READ, True),
        ({}, Request("s3:PutObject", "arn:aws:s3:::b/k"), False),
        ({}, Request("s3:GetObject", "arn:aws:s3:::other/k"), False),
        ({"Action": "S3:get*"}, READ, True),  # actions are compared without case
        ({"Resource": "arn:aws:s3:::B/*"}, READ, False),  # resources with it
        ({"Resource": "arn:aws:s3:::b/?"}, READ, True),
        ({"Condition": {"Null": {"aws:SourceVpce": "true"}}}, READ, True),
        ({"Condition": {"Null": {"aws:SourceVpce": "false"}}}, READ, False),
    ],
)
def test_what_a_statement_is_about(changes: Json, request_: Request, applies: bool) -> None:
    assert denials([statement(**changes)], request_) == (["It"] if applies else [])


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("StringEquals", "x", True),
        ("StringEquals", "y", False),
        ("StringEquals", None, False),  # a missing key meets no plain comparison,
        ("StringNotEquals", None, True),  # every negated one,
        ("StringEqualsIfExists", None, True),  # and every one that asks for it only if it is there
        ("StringNotEqualsIfExists", None, True),
        ("StringNotEqualsIfExists", "x", False),
        ("StringNotEquals", "y", True),
        ("ArnNotLike", "x", False),
        ("ArnNotLike", "y", True),
        ("ForAnyValue:StringEquals", ["y", "x"], True),
        ("ForAnyValue:StringEquals", ["y"], False),
        ("ForAnyValue:StringEquals", None, False),
    ],
)
def test_how_a_condition_compares(operator: str, value: str | list[str] | None, holds: bool) -> None:
    request = Request(READ.action, READ.resource, {} if value is None else {"k:Key": value})
    assert bool(denials([statement(Condition={operator: {"k:Key": "x"}})], request)) is holds


def test_all_keys_of_all_operators_have_to_hold() -> None:
    both = statement(Condition={"StringEquals": {"k:One": "1"}, "Bool": {"k:Two": "true"}})
    assert denials([both], Request(READ.action, READ.resource, {"k:One": "1", "k:Two": "true"}))
    assert not denials([both], Request(READ.action, READ.resource, {"k:One": "1", "k:Two": "false"}))
    assert not denials([both], Request(READ.action, READ.resource, {"k:One": "1"}))


def test_a_denial_outweighs_any_allowance() -> None:
    permit = statement(Effect="Allow")
    assert allowed([permit], READ)
    assert not allowed([permit, statement()], READ)
    assert not allowed([], READ)


def test_an_operator_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError, match="NumericLessThan"):
        denials(
            [statement(Condition={"NumericLessThan": {"k:Key": "1"}})],
            Request(**vars(READ) | {"context": {"k:Key": "1"}}),
        )
