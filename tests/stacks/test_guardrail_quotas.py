"""Guarantees: the proxies are told the quotas of their Region for their guardrail's policies, or the account's own."""

from typing import Any

import pytest
from aws_cdk import App
from pydantic import ValidationError

from lambdas.proxy.core.team import LEAST_BURST
from stacks.guardrail_quotas import QUOTAS, Allowance, allowances
from stacks.guardrails import GuardrailsStack
from tests.stacks.assembly import context
from tests.stacks.deployments import DEPLOYMENT, settings

REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-central-1", "us-gov-west-1")


@pytest.mark.parametrize("region", REGIONS)
def test_every_default_lets_the_largest_call_of_a_proxy_through(region: str) -> None:
    for quota in QUOTAS:
        assert quota.default(region).burst >= LEAST_BURST
        assert quota.default(region).rate >= 25


def test_the_published_numbers_are_those_of_the_region() -> None:
    assert [quota.default("us-west-2") for quota in QUOTAS][:2] == [Allowance(200, 1000), Allowance(50, 200)]
    assert [quota.default("eu-central-1") for quota in QUOTAS][:2] == [Allowance(25, 1000), Allowance(25, 25)]
    assert QUOTAS[0].default("us-gov-west-1") == Allowance(25, 25)


def told(guardrail: dict[str, Any]) -> list[tuple[int, int]]:
    changes = {"guardrail": dict(DEPLOYMENT["guardrail"]) | guardrail}
    stack = GuardrailsStack(App(context=context()), deployment=settings(changes).deployment)
    return list(stack.pinned().text_units)


def test_the_policies_that_the_guardrail_has_are_those_that_count() -> None:
    bare: dict[str, Any] = {"topics": [], "words": [], "pii": {}}
    assert told(bare) == [(200, 1000)]
    assert told(bare | {"words": ["Nightjar"]}) == [(200, 1000), (200, 200)]
    assert (50, 200) in told({})


def test_what_the_account_was_given_more_is_used() -> None:
    assert told({"topics": [], "words": [], "pii": {}, "text_units": {"content": 2000}}) == [(2000, 2000)]
    assert allowances("us-east-1", ["topics"], {"topics": 100, "words": 999}) == [Allowance(100, 200)]


@pytest.mark.parametrize("wrong", [{"content": 24}, {"content": 100_001}, {"grounding": 100}, {"content": True}])
def test_a_quota_that_none_can_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="text_units"):
        settings({"guardrail": dict(DEPLOYMENT["guardrail"]) | {"text_units": wrong}})
