"""Single statements are judged by the review's evaluator, and what it doubts fails a test instead of passing one."""

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
        ({"Condition": {"Null": {"aws:SourceVpce": "true"}}}, READ, True),
        ({"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/*"}}}, READ, False),
        (
            {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/*"}}},
            READ.by("arn:aws:iam::1:role/x"),
            True,
        ),
        ({"Principal": "*"}, READ, True),
    ],
)
def test_what_a_statement_is_about(changes: Json, request_: Request, applies: bool) -> None:
    assert denials([statement(**changes)], request_) == (["It"] if applies else [])


def test_a_denial_outweighs_any_allowance() -> None:
    permit = statement(Effect="Allow")
    assert allowed([permit], READ)
    assert not allowed([permit, statement()], READ)
    assert not allowed([], READ)


@pytest.mark.parametrize("condition", [{"StringIs": {"aws:SourceVpce": "v"}}, {"StringEquals": {"s3:prefix": "v"}}])
def test_what_is_in_doubt_is_an_error(condition: Json) -> None:
    with pytest.raises(AssertionError, match="statement 1"):
        denials([statement(Condition=condition)], Request(READ.action, READ.resource, {"s3:prefix": "v"}))
