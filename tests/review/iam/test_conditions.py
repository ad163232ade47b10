"""Condition operators, as AWS's tables have them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from typing import Any

import pytest

from review.iam.conditions import met
from review.iam.context import Context
from review.iam.document import Test
from review.iam.truth import Doubt

KEY = "aws:PrincipalTag/k"


def holds(operator: str, wanted: Any, found: Any, more: Any = None) -> Any:
    values = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    given = {} if found is None else {KEY.lower(): tuple(found) if isinstance(found, list) else (found,)}
    context = Context({**given, **{k.lower(): (v,) for k, v in (more or {}).items()}}, None)
    return met(Test(operator, KEY, values), context, variables=True)


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "x", "x", True),
        ("StringEquals", "x", "X", False),
        ("StringEquals", ["y", "x"], "x", True),
        ("StringEquals", "x*", "xy", False),
        ("StringEquals", "x", None, False),
        ("StringNotEquals", "x", None, True),
        ("StringNotEquals", ["x", "y"], "y", False),
        ("StringNotEquals", ["x", "y"], "z", True),
        ("StringEqualsIgnoreCase", "xY", "Xy", True),
        ("StringNotEqualsIgnoreCase", "xY", "Xy", False),
        ("StringLike", "x?z*", "xyz", True),
        ("StringLike", "x?z*", "xz", False),
        ("StringNotLike", "x*", "xyz", False),
        ("StringEqualsIfExists", "x", None, True),
        ("StringEqualsIfExists", "x", "y", False),
        ("StringNotEqualsIfExists", "x", "x", False),
        ("ArnLike", "arn:aws:iam::*:role/a/*", "arn:aws:iam::1:role/a/b", True),
        ("ArnEquals", "arn:aws:iam::*:role/a/*", "arn:aws:iam::1:role/a/b", True),
        ("ArnLike", "arn:*::1:role/x:y", "arn:aws:iam::1:role/x:y", False),  # part by part
        ("ArnLike", "arn:aws:sns:*:1:t", "arn:aws:sns:eu-west-1:1:t", True),
        ("ArnLike", "arn:aws:iam::1:role/x", "no arn", False),
        ("ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:user/x", True),
        ("ArnNotEquals", "arn:aws:iam::1:role/x", None, True),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", None, False),
        ("BoolIfExists", "false", None, True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9.5", True),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericLessThan", "10", None, False),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "1767225601", True),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("DateNotEquals", "2026-01-01", "2026-01-01T00:00:00Z", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9", "203.0.113.8", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
        ("BinaryEquals", "QmlTIQ==", "QmlTIQ==", True),
        ("Null", "true", None, True),
        ("Null", "false", None, False),
        ("Null", "false", "x", True),
        ("ForAnyValue:StringEquals", ["a", "b"], ["b", "c"], True),
        ("ForAnyValue:StringEquals", "a", ["b", "c"], False),
        ("ForAnyValue:StringEquals", "a", None, False),
        ("ForAnyValue:StringEqualsIfExists", "a", None, True),
        ("ForAnyValue:StringNotEquals", "a", ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", "a", None, False),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", "a", None, True),
        ("ForAllValues:StringNotEquals", "a", ["b", "c"], True),
        ("ForAllValues:StringLike", "a*", ["ab", "ac"], True),
        ("StringEquals", "a", ["a"], True),
    ],
)
def test_an_operator(operator: str, wanted: Any, found: Any, expected: bool) -> None:
    assert holds(operator, wanted, found) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("StringEquals", "a", ["a", "b"]),  # a plain operator on several values
        ("StringIs", "a", "a"),
        ("NotBool", "true", "true"),
        ("NullIfExists", "true", "a"),
        ("ForEach:StringEquals", "a", "a"),
        ("Null", "maybe", "a"),
        ("NumericEquals", "ten", "10"),
        ("NumericEquals", "10", "ten"),
        ("DateEquals", "yesterday", "2026-01-01"),
        ("IpAddress", "everywhere", "203.0.113.9"),
        ("IpAddress", "203.0.113.0/24", "here"),
        ("Bool", "yes", "true"),
        ("ArnLike", "*", "arn:aws:iam::1:role/x"),
        ("ForAllValues:StringEquals", "a", ""),
        ("NumericEquals", "${aws:userid}", "10"),
        ("StringEquals", "${userid}", "a"),
        ("StringEquals", "${aws:userid", "a"),
        ("StringNotEquals", "${aws:userid}", "a"),
    ],
)
def test_what_is_not_documented(operator: str, wanted: str, found: Any) -> None:
    assert isinstance(holds(operator, wanted, found), Doubt)


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ("home-${aws:username}", "home-ann", True),
        ("home-${aws:username}", "home-bob", False),
        ("home-${ aws:username , 'x' }", "home-ann", True),
        ("home-${aws:userid, 'nobody'}", "home-nobody", True),
        ("home-${aws:userid}", "home-", False),
        ("${*}", "*", True),
        ("${*}", "x", False),
        ("${$}{x}", "${x}", True),
    ],
)
def test_a_variable(wanted: str, found: str, expected: bool) -> None:
    assert holds("StringLike", wanted, found, {"aws:username": "ann"}) is expected


def test_the_older_version_has_no_variables() -> None:
    context = Context({KEY.lower(): ("${aws:username}",), "aws:username": ("ann",)}, None)
    assert met(Test("StringEquals", KEY, ("${aws:username}",)), context, variables=False) is True
    assert met(Test("StringEquals", KEY, ("${aws:username}",)), context, variables=True) is False


def test_keys_are_compared_without_case() -> None:
    context = Context({"aws:sourcevpce": ("v",)}, None)
    assert met(Test("StringEquals", "AWS:sourceVPCE", ("v",)), context, variables=True) is True
