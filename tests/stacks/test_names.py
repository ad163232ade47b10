"""No two things that a deployment makes have one name, whatever deployments and teams are called.

The names are those of a synthesised deployment with all that has a name, in which other deployments' and teams' are put
in place of its own: a name that is new in a template is held to this by itself. What AWS makes up begins with the
stack's name and ends with random letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from stacks.extension import TeamExtension
from stacks.settings.archive import archive_bucket
from stacks.settings.deployment import Name
from stacks.settings.kinds import SHARED, TeamName
from tests.stacks.assembly import Assembly
from tests.stacks.deployments import ACCOUNT, ARCHIVES, ARCHIVING, BUDGET, BUDGETS, DEPLOYMENT, settings

REGION = "us-east-1"
#: What logical ids cannot tell from each other, as they hold no hyphen.
MARK, TEAMS = "Qmark", ("z-mark", "zmark")
#: Types of which an account may have several of one name, or whose names are another resource's own.
_FREE = frozenset({"AWS::ApiGateway::Authorizer", "AWS::IAM::Policy", "AWS::Route53::RecordSet"})
_SHARED_SPACES = {"AWS::CloudWatch::CompositeAlarm": "AWS::CloudWatch::Alarm"}


@dataclass(frozen=True)
class Form:
    """How a name is made: in which space it has to be the only one, and of what."""

    space: str
    text: str

    def of(self, deployment: str, team: str) -> tuple[str, str]:
        bucket = archive_bucket(deployment, team, ACCOUNT, REGION)
        words = {"{D}": deployment, "{d}": deployment.lower(), "{T}": team, "{B}": bucket}
        text = self.text
        for mark, word in words.items():
            text = text.replace(mark, word)
        return self.space, text

    @property
    def is_of_a_team(self) -> bool:
        return "{T}" in self.text or "{B}" in self.text


def _text(value: Any) -> str:
    if isinstance(value, Mapping) and "Fn::Join" in value:
        joint, parts = value["Fn::Join"]
        return str(joint).join(part if isinstance(part, str) else "*" for part in parts)
    return value if isinstance(value, str) else ""


def _named(templates: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for stack, template in templates.items():
        yield "stack", stack
        for output in template.get("Outputs", {}).values():
            yield "export", _text(output.get("Export", {}).get("Name"))
        for resource in template["Resources"].values():
            kind, properties = resource["Type"], resource.get("Properties", {})
            if kind == "AWS::Logs::MetricFilter":
                yield from (("metric", _text(each["MetricName"])) for each in properties["MetricTransformations"])
            elif kind not in _FREE:
                named = (text for key, value in properties.items() if key.endswith("Name") and (text := _text(value)))
                yield from ((_SHARED_SPACES.get(kind, kind), text) for text in named)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[Form]:
    place = {**ARCHIVES, **BUDGETS, "name": MARK, "region": REGION, "network": DEPLOYMENT["network"]}
    made = settings({**place, "archives": TEAMS}, {**ARCHIVING, **BUDGET, "name": TEAMS[0]})
    both = (made.teams[0], made.teams[0].model_copy(update={"name": TEAMS[1]}))
    templates = Assembly.of(replace(made, teams=both), tmp_path_factory.mktemp("names")).templates
    found: set[Form] = {Form("AWS::Lambda::Function", "{D}-Team-{T}-Own")}
    for space, text in _named(templates):
        for team in TEAMS:
            text = text.replace(archive_bucket(MARK, team, ACCOUNT, REGION), "{B}").replace(team, "{T}")
        text = text.replace(MARK, "{D}").replace(MARK.lower(), "{d}")
        if "{" in text:
            found.add(Form(space, text))
    assert {form.space for form in found} >= {"AWS::S3::Bucket", "AWS::Events::Rule", "AWS::SSM::Parameter", "export"}
    return sorted(found, key=str)


def alike(forms: Iterable[Form], deployments: Iterable[str], teams: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    """Names that several things have, with what each of those is."""
    owners: dict[tuple[str, str], set[str]] = {}
    for deployment in deployments:
        for form in forms:
            for team in teams if form.is_of_a_team else ("",):
                owners.setdefault(form.of(deployment, team), set()).add(f"{deployment}/{team}: {form.text}")
    return {name: found for name, found in owners.items() if len(found) > 1}


#: What names are made of, so that one may end as another begins.
_WORDS = some.sampled_from(
    [
        *("a", "b", "api", "audit", "authorizer", "budget", "changed", "concurrency", "digests", "errors", "function"),
        *("guardrail", "key", "of", "platform", "prompts", "proxy", "records", "services", "signs", "throttles"),
    ]
)


def _valid(kind: Any, name: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(name)
    except ValidationError:
        return False
    return True


def _names(kind: Any, word: Any) -> Any:
    joined = some.lists(word, min_size=1, max_size=3).map("-".join)
    return joined.filter(lambda name: _valid(kind, name))


_TEAMS = some.lists(_names(TeamName, _WORDS), min_size=2, max_size=12, unique=True)
_DEPLOYMENTS = _names(Name, some.one_of(_WORDS, _WORDS.map(str.capitalize)))


@given(some.data())
def test_no_two_parts_of_a_deployment_have_one_name(forms: list[Form], data: some.DataObject) -> None:
    assert alike(forms, [data.draw(_DEPLOYMENTS)], data.draw(_TEAMS)) == {}


@given(some.data())
def test_nor_have_two_deployments_whose_names_are_not_alike(forms: list[Form], data: some.DataObject) -> None:
    one, other = data.draw(_DEPLOYMENTS), data.draw(_DEPLOYMENTS)
    mine, theirs = one.casefold(), other.casefold()
    # As synthesis has it (`stacks.settings.place.clashes`).
    assume(mine != theirs and not mine.startswith(f"{theirs}-") and not theirs.startswith(f"{mine}-"))
    assert alike(forms, [one, other], data.draw(_TEAMS)) == {}


@given(some.lists(some.tuples(_DEPLOYMENTS, _names(TeamName, _WORDS)), min_size=2, max_size=20, unique=True))
def test_buckets_of_archives_differ_whatever_deployments_are_called(pairs: list[tuple[str, str]]) -> None:
    """Their names are one space for all accounts, and nobody sees whose else there are."""
    assert len({archive_bucket(*pair, ACCOUNT, REGION) for pair in pairs}) == len(pairs)
    assert all(len(archive_bucket(*pair, ACCOUNT, REGION)) <= 63 for pair in pairs)


def test_a_deployment_and_a_team_cannot_take_a_hyphen_from_each_other() -> None:
    one, other = archive_bucket("X-audit", "b", ACCOUNT, REGION), archive_bucket("X", "audit-b", ACCOUNT, REGION)
    assert one != other and one[:-11] == other[:-11]


@pytest.mark.parametrize("name", SHARED)
def test_what_all_teams_share_has_a_name_that_no_team_may_have(forms: list[Form], name: str) -> None:
    assert not _valid(TeamName, name)
    assert alike(forms, ["Cloister"], [name]), "the name is free: there is no need to refuse it"


@pytest.mark.parametrize("name", ["b-Proxy", "proxy", "Own-one", "", "Proxy", "Authorizer", "Own\n"])
def test_a_function_of_a_teams_own_has_no_name_that_another_teams_may_have(name: str) -> None:
    with pytest.raises(ValueError, match="a capital first"):
        TeamExtension.function(
            object(),  # type: ignore[arg-type]
            name,
            code="",
            handler="",
            rights=[],
            environment={},
            timeout=None,  # type: ignore[arg-type]
        )
