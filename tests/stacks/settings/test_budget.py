"""A budget is refused where nobody knows what is bought with it, or nothing would keep it."""

from pathlib import Path

import pytest

from stacks.settings import SettingsError, known, load

BUDGET = "budget: {usd_per_month: 50}\n"


def with_budget(root: Path, budget: str = BUDGET, deployment: str = "budgets: true\n") -> Path:
    for name, more in (("teams/atlas.yaml", budget), ("cloister.yaml", deployment)):
        path = root / name
        path.write_text(path.read_text() + more)
    return root


def refused(root: Path) -> str:
    with pytest.raises(SettingsError) as found:
        load(root)
    return str(found.value)


def test_a_budget_is_read(root: Path) -> None:
    more = "{usd_per_month: 50, in_flight: 8, per_caller: {percent: 20}, instead: [{tier: flex}]}"
    budget = load(with_budget(root, f"budget: {more}\n")).teams[0].budget
    assert budget is not None and budget.per_caller is not None
    assert (budget.usd_per_month, budget.in_flight, budget.per_caller.by) == (50, 8, "session")


def test_a_budget_needs_a_ledger(root: Path) -> None:
    assert "add 'budgets: true' to cloister.yaml" in refused(with_budget(root, deployment=""))


def test_what_stands_in_its_place_is_the_teams(root: Path) -> None:
    said = refused(with_budget(root, "budget: {usd_per_month: 50, instead: [{model: google.gemma-4-e2b}]}\n"))
    assert "budget.instead[0].model: found 'google.gemma-4-e2b', which the team's models lack" in said


def elsewhere(root: Path, prices: str = "") -> Path:
    """The settings in a Region whose prices nobody has looked up."""
    path = root / "cloister.yaml"
    path.write_text(path.read_text().replace("us-east-1", "us-west-2"))
    return with_budget(root, deployment=f"budgets: true\n{prices}")


def test_a_region_without_a_price_is_refused(root: Path) -> None:
    said = refused(elsewhere(root))
    assert "the price of google.gemma-4-31b in us-west-2 is not known for default, flex" in said
    assert "the guardrail's price in us-west-2 is not known for content, topics, pii, images" in said


def test_the_settings_may_give_the_price(root: Path) -> None:
    rate = "{default: {input: 0.2, output: 0.6}, flex: {input: 0.1, output: 0.3}}"
    prices = (
        "prices:\n  date: 2026-11-01\n  source: our invoice\n"
        f"  models: {{google.gemma-4-31b: {rate}, google.gemma-4-26b-a4b: {rate}}}\n"
        "  guardrail: {content: 0.15, topics: 0.15, pii: 0.1, images: 0.001}\n"
    )
    found = load(elsewhere(root, prices))
    deployment, team = found.deployment, found.teams[0]
    told = known(
        found.catalogue, "us-west-2", deployment.prices, team.models, team.tiers, deployment.guardrail.policies
    )
    assert told["models"]["google.gemma-4-31b"] == {"default": [200_000, 600_000], "flex": [100_000, 300_000]}
    assert told["guardrail"] == {
        "content": 150_000, "topics": 150_000, "pii": 100_000, "words": 0, "images": 1_000_000
    }  # fmt: skip


def test_what_is_not_known_is_told_to_nobody(root: Path) -> None:
    found = load(root)
    told = known(found.catalogue, "us-west-2", None, found.teams[0].models, ["default"], ["content"])
    assert told == {"models": {}}
