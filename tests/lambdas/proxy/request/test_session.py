"""A team may demand that each caller's session is named after a person."""

from __future__ import annotations

import pytest

from lambdas.proxy.core.errors import ForbiddenError
from lambdas.proxy.core.team import Team
from lambdas.proxy.request.session import named

from ..support.authority import Authority
from ..world import chat, environment, world

ROLE = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_atlas_0123456789abcdef"
TEAM = Team(environment(CLOISTER_SESSION_NAME=True))


@pytest.mark.parametrize("name", ["jane.doe@example.com", "jane", "J-Doe", "indira"])
def test_a_person_passes(name: str) -> None:
    named(TEAM, f"{ROLE}/{name}")


@pytest.mark.parametrize(
    "principal",
    [
        None,
        "",
        "arn:aws:iam::123456789012:user/jane",
        f"{ROLE}/botocore-session-1700000000",
        f"{ROLE}/AWSCLI-Session",
        f"{ROLE}/i-0123456789abcdef0",
        f"{ROLE}/aws-sdk-js-session-17",
        f"{ROLE}/1700000000000",
        f"{ROLE}/a/b",
    ],
)
def test_what_no_person_is_named_in_does_not(principal: str | None) -> None:
    with pytest.raises(ForbiddenError) as refused:
        named(TEAM, principal)
    assert refused.value.code == "session_name_required"


def test_a_request_is_held_to_it_before_anybody_is_asked(authority: Authority) -> None:
    with world(authority, CLOISTER_SESSION_NAME=True) as made:
        assert made.call("/chat/completions", chat("Hi")).status == 200  # the tests' session is "someone"
    named(Team(environment()), None)  # nobody demands it
