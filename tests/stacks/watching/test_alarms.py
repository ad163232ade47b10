"""Guarantees: each alarm means something that is measured, is told once, and has a runbook that says what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lambdas.proxy.audit.metrics import OF_DEPLOYMENT, OF_MODEL, OF_TEAM
from stacks.queries import QUERIES
from stacks.watching_prices import MONTHLY, metrics
from tests.clone import ROOT
from tests.insights import QueryError, run
from tests.stacks.assembly import Assembly, Json, resources

RUNBOOKS = {path.stem: path.read_text() for path in (ROOT / "docs" / "runbooks").glob("*.md")}
LINES = (ROOT / "tests/stacks/watching/lines.jsonl").read_text().splitlines()
EXAMPLE = ROOT / "tests/stacks/constructs/__snapshots__/test_examples/test_example[TeamAlarms].json"
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
#: Metrics of AWS's own, and of the authorizer's log, that alarms look at.
OTHERS = {
    *(("AWS/Lambda", name) for name in ("Errors", "Throttles", "Invocations")),
    ("AWS/Route53Resolver", "FirewallRuleQueryVolume"),
    ("AWS/Logs", "LogEventsWithFindings"),
    ("Cloister", "Cloister-Team-atlas-Authorizer-Errors"),
}
RECORDED = {(name, frozenset(keys)) for keys, names in (OF_MODEL, OF_TEAM, OF_DEPLOYMENT) for name in names}


def alarms(*templates: Json) -> list[Json]:
    return [found for template in templates for kind in ALARMS for found in resources(template, kind).values()]


@pytest.fixture(scope="module")
def budgeted() -> Json:
    """The alarms of a team with a budget, alone."""
    return json.loads(EXAMPLE.read_text())


def looked_at(alarm: Json) -> list[Json]:
    """The metrics that an alarm reads."""
    found = [entry["MetricStat"]["Metric"] for entry in alarm.get("Metrics", []) if "MetricStat" in entry]
    return found or ([alarm] if "MetricName" in alarm else [])


def price(alarm: Json) -> float:
    """USD a month: each metric that is looked at, three for a band."""
    if "AlarmRule" in alarm:
        return MONTHLY["composite alarm"]
    return MONTHLY["alarm"] * (3 if "ThresholdMetricId" in alarm else len(looked_at(alarm)))


def test_each_alarm_has_its_runbook_and_each_runbook_its_alarm(
    deployed: Assembly, pinned: Assembly, budgeted: Json
) -> None:
    named: dict[str, set[str]] = {}
    for alarm in alarms(*deployed.templates.values(), *pinned.templates.values(), budgeted):
        says, _, runbook = alarm["AlarmDescription"].partition(" What to do: docs/runbooks/")
        assert says.endswith("."), "it says what it means"
        named.setdefault(runbook.removesuffix(".md"), set()).add(alarm.get("AlarmName", ""))
    assert set(named) == set(RUNBOOKS) == set(QUERIES)
    for runbook, names in named.items():
        for name in names - {""}:
            assert re.sub("-(50|80|100)$", "", name).endswith(runbook)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_runbook_says_what_it_means_why_what_to_do_and_when_it_is_over(name: str, audit: Json) -> None:
    text = RUNBOOKS[name]
    assert re.findall("^## (.*)", text, re.M) == ["What it means", "See why", "What to do", "Over when"]
    assert text.split("```")[1].strip(), "the first command to type"
    saved = {query["Name"]: query["QueryString"] for query in resources(audit, "AWS::Logs::QueryDefinition").values()}
    assert len(saved) == len(QUERIES)
    assert saved[f"Cloister/{name}"] == QUERIES[name]
    assert f"Saved query `Cloister/{name}`" in text
    assert f"```\n{QUERIES[name]}\n```" in text
    assert run(QUERIES[name], LINES), "it finds what the alarm is about in recorded lines"
    for link in re.findall(r"\]\(([^)#:]+\.md)\)", text):
        assert (ROOT / "docs" / "runbooks" / link).is_file()


def test_a_query_finds_the_request_that_was_killed_and_no_other() -> None:
    assert [row["request_id"] for row in run(QUERIES["function-errors"], LINES)] == ["req-killed"]
    (row,) = run(QUERIES["throttles"], LINES)
    assert (row["model"], row["requests"]) == ("google.gemma-4-31b", 2)
    (row,) = run(QUERIES["budget"], LINES)
    assert (row["role"], row["person"], round(row["model_usd"], 6)) == ("atlas-developer", "someone", 0.00252)


@pytest.mark.parametrize(
    "query",
    [
        "fields time | dedup request_id",
        "filter record like /inf/",
        "stats count(*) by record",
        "stats stddev(duration_ms) as spread",
        'filter lower(record) = "began"',
        "limit 5 rows",
        'parse principal "*/*" as one',
        'filter record =~ "a"',
    ],
)
def test_what_the_evaluator_does_not_know_it_refuses(query: str) -> None:
    with pytest.raises(QueryError):
        run(query, LINES)


def test_an_alarm_looks_at_what_is_recorded_and_says_what_a_silence_means(deployed: Assembly, budgeted: Json) -> None:
    for alarm in alarms(*deployed.templates.values(), budgeted):
        if "AlarmRule" in alarm:
            continue
        for metric in looked_at(alarm):
            keys = frozenset(dimension["Name"] for dimension in metric.get("Dimensions", []))
            name = (metric["Namespace"], metric["MetricName"])
            known = (
                name in OTHERS or (metric["MetricName"], keys) in RECORDED or metric["MetricName"] == "SigningErrors"
            )
            assert known, name
        budget = "-budget-" in alarm.get("AlarmName", "")
        assert alarm["TreatMissingData"] == ("ignore" if budget else "notBreaching")


def test_a_fault_is_told_once(token_team: Json, audit: Json) -> None:
    direct = {alarm["AlarmName"] for alarm in alarms(token_team) if alarm.get("AlarmActions") and "AlarmName" in alarm}
    assert direct == {"Cloister-atlas-failing", "Cloister-atlas-services"}
    names = {id: a["AlarmName"] for id, a in resources(token_team, ALARMS[0]).items() if "AlarmName" in a}
    found: dict[str, set[str]] = {}
    for composite in resources(token_team, ALARMS[1]).values():
        assert len(composite["AlarmActions"]) == len(composite["OKActions"]) == 1
        rule = composite["AlarmRule"]
        assert re.fullmatch(r'ALARM\("[^"]+"\)( OR ALARM\("[^"]+"\))+', rule)
        found[composite["AlarmName"]] = set(re.findall(r'"([^"]+)"', rule))
    failing, services = found["Cloister-atlas-failing"], found["Cloister-atlas-services"]
    assert not failing & services
    assert failing | services == set(names.values())
    quiet = next(c for c in resources(token_team, ALARMS[1]).values() if "ActionsSuppressor" in c)
    assert quiet["AlarmName"] == "Cloister-atlas-services"
    everywhere = next(iter(resources(audit, ALARMS[1]).values()))["AlarmName"]
    assert str(quiet["ActionsSuppressor"]).endswith(f":alarm:{everywhere}']]}}")
    assert quiet["ActionsSuppressorWaitPeriod"] == quiet["ActionsSuppressorExtensionPeriod"] == 600


def test_a_budget_is_told_at_50_80_and_100_to_the_topic(budgeted: Json) -> None:
    found = {
        alarm["AlarmName"]: (
            alarm["Threshold"],
            alarm["Statistic"],
            len(alarm["AlarmActions"]),
            len(alarm["OKActions"]),
        )
        for alarm in alarms(budgeted)
        if "-budget-" in alarm.get("AlarmName", "")
    }
    assert found == {
        "Cloister-atlas-budget-50": (50, "Minimum", 1, 1),
        "Cloister-atlas-budget-80": (80, "Minimum", 1, 1),
        "Cloister-atlas-budget-100": (100, "Maximum", 1, 1),
    }


def test_a_share_of_errors_means_something_only_from_some_errors_on(iam_team: Json) -> None:
    for alarm in alarms(iam_team):
        if alarm.get("AlarmName", "").endswith(("upstream-errors", "guardrail-errors")):
            (expression,) = [entry["Expression"] for entry in alarm["Metrics"] if "Expression" in entry]
            assert re.fullmatch(r"IF\(FILL\(errors, 0\) >= [35], 100 \* errors / requests, 0\)", expression)
            assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (5, 2, 3)


def test_the_page_says_what_it_costs(token_team: Json, audit: Json, network: Json, budgeted: Json) -> None:
    text = (ROOT / "docs" / "watching.md").read_text()
    parts: dict[str, Any] = {alarm["AlarmName"]: price(alarm) for alarm in alarms(token_team) if "AlarmName" in alarm}
    services = sum(
        parts[f"Cloister-atlas-{name}"] for name in ("upstream-errors", "throttles", "guardrail-errors", "latency")
    )
    composites = 2 * MONTHLY["composite alarm"]
    total = sum(parts.values())
    budget = sum(price(alarm) for alarm in alarms(budgeted) if "-budget-" in alarm.get("AlarmName", ""))
    platform = sum(price(alarm) for alarm in alarms(audit))
    assert f"| 0.50, and {total - composites - services:.2f} for what it is made of |" in text
    assert f"| 0.50, and {services:.2f} |" in text
    assert f"| 0.50, and {platform - MONTHLY['composite alarm']:.2f} |" in text
    assert f"pays {total:.2f} USD, with a\nbudget {total + budget:.2f}" in text
    assert f"| {price(next(iter(alarms(network)))):.2f} |" in text
    count = metrics(2, tokens=True)
    assert f"has {count} at the\nmost, {count * MONTHLY['metric']:.2f} USD" in text
    for keys, names in (OF_MODEL, OF_TEAM, OF_DEPLOYMENT):
        row = f"| {' '.join(f'`{key}`' for key in keys)} | {' '.join(f'`{name}`' for name in names)}"
        assert row in text
