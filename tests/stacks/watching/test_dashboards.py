"""Guarantees: what is recorded is looked at, by a dashboard or an alarm; the platform's names no team."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from lambdas.proxy.audit.metrics import OF_DEPLOYMENT, OF_MODEL, OF_TEAM
from stacks.kit import assemble
from tests.stacks.assembly import Assembly, Json, context, one, packages, resources
from tests.stacks.deployments import settings

Looked = tuple[str, frozenset[str]]


def body(template: Json) -> Json:
    """A dashboard's document, with a word in place of what is known at deployment alone."""
    written = one(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "known-later" for part in written))


def looked_at(document: Json) -> Iterator[Looked]:
    """The kit's own metrics that a dashboard draws, with the names of their dimensions."""
    for widget in document["widgets"]:
        before: list[str] = []
        for line in widget["properties"].get("metrics", []):
            words = [word for word in line if isinstance(word, str)]
            if found := re.search(
                r"SEARCH\('\{Cloister,([a-z,]+)\} MetricName=\"(\w+)\"", json.dumps(line).replace('\\"', '"')
            ):
                yield found[2], frozenset(found[1].split(","))
            # A dot stands for the word above it, three of them for all that follow.
            full = [
                old if word == "." else word for word, old in zip(words, before + words[len(before) :], strict=False)
            ]
            if "..." in words:
                full = before[: len(before) - (len(words) - 1)] + words[1:]
            before = full
            if full and full[0] == "Cloister":
                yield full[1], frozenset(full[2::2])


def test_what_is_recorded_is_looked_at(deployed: Assembly) -> None:
    found: set[Looked] = set()
    for template in deployed.templates.values():
        if resources(template, "AWS::CloudWatch::Dashboard"):
            found |= set(looked_at(body(template)))
    recorded = {(name, frozenset(keys)) for keys, names in (OF_MODEL, OF_TEAM, OF_DEPLOYMENT) for name in names}
    assert recorded <= found, "what nobody looks at is not recorded"
    assert found - recorded == {
        ("SigningErrors", frozenset(OF_TEAM[0])),
        ("Cloister-Team-atlas-Authorizer-Errors", frozenset()),
    }


def test_the_platforms_names_no_team(audit: Json) -> None:
    text = json.dumps(body(audit))
    assert "SEARCH(" in text
    assert not [team for team in ("atlas", "beacon") if team in text]


def test_a_dashboard_shows_what_is_told(token_team: Json) -> None:
    document = body(token_team)
    (status,) = [widget for widget in document["widgets"] if widget["type"] == "alarm"]
    assert len(status["properties"]["alarms"]) == 2
    places = [(widget["x"], widget["y"]) for widget in document["widgets"]]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(("chosen", "expected"), [("platform", {"Cloister-platform"}), ("none", set())])
def test_dashboards_are_left_out_where_the_settings_say_so(chosen: str, expected: set[str], tmp_path: Path) -> None:
    kit = assemble(App(context=context()), settings({"dashboards": chosen}), packages(tmp_path))
    found = {
        dashboard["DashboardName"]
        for stack in (kit.platform.audit, kit.teams["beacon"])
        for dashboard in resources(Template.from_stack(stack).to_json(), "AWS::CloudWatch::Dashboard").values()
    }
    assert found == expected
