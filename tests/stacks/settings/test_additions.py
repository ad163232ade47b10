"""A team adds to the guardrail: whatever two sides write, nothing of either is weaker in what comes of it."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stacks.settings import Additions, Guardrail, SettingsError, load, merged
from stacks.settings.guardrail import Filter, Pii, PiiAction, Strength
from tests.clone import ROOT

STRENGTHS = ("none", "low", "medium", "high")
ACTIONS = (None, "mask", "block")
FILTERS = get_args(Filter)

strength = some.sampled_from(get_args(Strength))
words = some.lists(
    some.sampled_from(["Nightjar", "nightjar", "Blue Heron", "Osprey"]), max_size=3, unique_by=str.casefold
)
pii = some.dictionaries(some.sampled_from(get_args(Pii)[:6]), some.sampled_from(get_args(PiiAction)), max_size=4)
topics: some.SearchStrategy[list[dict[str, str]]] = some.lists(
    some.builds(
        dict, name=some.sampled_from(["Advice", "Law", "Health"]), definition=some.sampled_from(["One.", "Two."])
    ),
    max_size=3,
    unique_by=lambda topic: topic["name"],
)
regexes: some.SearchStrategy[list[dict[str, str]]] = some.lists(
    some.builds(
        dict,
        name=some.sampled_from(["staff", "case"]),
        pattern=some.sampled_from([r"S-\d+", r"C-\d+"]),
        action=some.sampled_from(get_args(PiiAction)),
    ),
    max_size=2,
    unique_by=lambda regex: regex["name"],
)
shared = {"words": words, "pii": pii, "topics": topics, "regexes": regexes}
baselines = some.fixed_dictionaries(
    {"content": some.fixed_dictionaries(dict.fromkeys(FILTERS, strength)), "prompt_attack": strength, **shared}
)
additions = some.fixed_dictionaries(
    {"content": some.dictionaries(some.sampled_from(FILTERS), strength)}, optional={"prompt_attack": strength, **shared}
)


def as_model(kind: Any, data: dict[str, Any]) -> Any:
    return kind.model_validate_json(json.dumps(data))


@given(baselines, additions)
def test_nothing_of_either_side_is_weaker_in_what_comes_of_it(baseline: dict[str, Any], more: dict[str, Any]) -> None:
    one, other = as_model(Guardrail, baseline), as_model(Additions, more)
    whole = merged(one, other)
    for name in FILTERS:
        for side in (one.content[name], other.content.get(name, "none")):
            assert STRENGTHS.index(whole.content[name]) >= STRENGTHS.index(side)
    for attack in (one.prompt_attack, other.prompt_attack or "none"):
        assert STRENGTHS.index(whole.prompt_attack) >= STRENGTHS.index(attack)
    for kind in one.pii.keys() | other.pii.keys():
        for side in (one.pii.get(kind), other.pii.get(kind)):
            assert ACTIONS.index(whole.pii[kind]) >= ACTIONS.index(side)
    assert {word.casefold() for word in whole.words} == {word.casefold() for word in (*one.words, *other.words)}
    # What the deployment calls a topic or an expression stands as it is: a team cannot put another in its place.
    for field in ("topics", "regexes"):
        kept, added = getattr(one, field), getattr(other, field)
        assert getattr(whole, field)[: len(kept)] == kept
        assert {item.name for item in getattr(whole, field)} == {item.name for item in (*kept, *added)}
    assert set(one.policies) | ({"topics"} if other.topics else set()) <= set(whole.policies)
    assert whole.tier == one.tier
    assert as_model(Guardrail, whole.model_dump(mode="json")) == whole


@given(baselines)
def test_without_additions_it_is_the_baseline(baseline: dict[str, Any]) -> None:
    one = as_model(Guardrail, baseline)
    assert not Additions().any
    assert merged(one, Additions()) == one


@given(additions)
def test_every_field_counts_as_an_addition(more: dict[str, Any]) -> None:
    assert as_model(Additions, more).any == any(more.values())


def written(folder: Path, deployment: str, team: str) -> str:
    """The mistakes in the settings of this clone with something more in both files."""
    (folder / "teams").mkdir()
    (folder / "stacks").mkdir()
    (folder / "stacks/catalogue.yaml").write_text((ROOT / "stacks/catalogue.yaml").read_text())
    cloister = (ROOT / "tests/deployment/cloister.yaml").read_text()
    (folder / "cloister.yaml").write_text(cloister.replace("guardrail:\n", f"guardrail:\n{deployment}"))
    atlas = (ROOT / "tests/deployment/teams/atlas.yaml").read_text()
    (folder / "teams/atlas.yaml").write_text(f"{atlas}guardrail:\n{team}")
    with pytest.raises(SettingsError) as found:
        load(folder)
    return str(found.value)


@pytest.mark.parametrize(
    ("deployment", "team", "said"),
    [
        ("", "  content: {hate: low}\n", "guardrail.content.hate: found 'low', weaker than the deployment's 'high'"),
        ("", "  pii: {AWS_SECRET_KEY: mask}\n", "found 'mask', weaker than the deployment's 'block'"),
        ("", "  prompt_attack: medium\n", "weaker than the deployment's 'high'"),
        ("", "  topics: [{name: Investment advice, definition: Shares.}]\n", "needs another name"),
        (
            "  regexes: [{name: staff, pattern: 'S-[0-9]+', action: mask}]\n",
            "  regexes: [{name: staff, pattern: 'X', action: mask}]\n",
            "found 'staff', which the deployment has; needs another name",
        ),
        ("", "  regexes: [{name: staff, pattern: 'S-(?=1)', action: mask}]\n", "without look-around"),
        ("", "  regexes: [{name: staff, pattern: 'S-[', action: mask}]\n", "found one that cannot be read"),
        ("", "  regexes: [{name: '{x}', pattern: 'S', action: mask}]\n", "a letter first"),
        ("", "  tier: standard\n", "unknown key"),
        (
            f"  regexes: [{', '.join(f'{{name: a{n}, pattern: x, action: mask}}' for n in range(6))}]\n",
            f"  regexes: [{', '.join(f'{{name: b{n}, pattern: x, action: mask}}' for n in range(5))}]\n",
            "found 5, and the deployment has 6; a guardrail holds 10: leave out 1",
        ),
    ],
)
def test_what_would_weaken_it_or_change_nothing_is_said(deployment: str, team: str, said: str, tmp_path: Path) -> None:
    assert said in written(tmp_path, deployment, team)


def test_an_account_has_a_hundred_guardrails(tmp_path: Path) -> None:
    (tmp_path / "teams").mkdir()
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/catalogue.yaml").write_text((ROOT / "stacks/catalogue.yaml").read_text())
    (tmp_path / "cloister.yaml").write_text((ROOT / "tests/deployment/cloister.yaml").read_text())
    atlas = (ROOT / "tests/deployment/teams/atlas.yaml").read_text()
    for number in range(100):
        text = atlas.replace("name: atlas", f"name: t{number}")
        (tmp_path / f"teams/t{number}.yaml").write_text(f"{text}guardrail: {{words: [Osprey]}}\n")
    with pytest.raises(SettingsError, match="found 100 teams that add to the guardrail") as found:
        load(tmp_path)
    assert len(found.value.mistakes) == 1
    (tmp_path / "teams/t0.yaml").unlink()
    assert len(load(tmp_path).teams) == 99
