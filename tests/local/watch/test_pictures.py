"""Guarantees: a picture of a dashboard shows what its document names, computed from records."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from local.pictures import dashboards, draw
from local.watch.metrics import Metrics
from tests.clone import ROOT

SNAPSHOTS = ROOT / "tests/stacks/__snapshots__/test_snapshots"
LINES = (ROOT / "tests/stacks/watching/lines.jsonl").read_text().splitlines()


def texts(stack: str) -> list[str]:
    template: Any = json.loads((SNAPSHOTS / f"test_stack[{stack}].json").read_text())
    ((name, document),) = dashboards(template)
    root = ElementTree.fromstring(draw(name, document, Metrics(LINES)))  # noqa: S314  # its own
    return ["".join(found.itertext()) for found in root.iter("{http://www.w3.org/2000/svg}text")]


def test_every_graph_of_a_team_is_drawn() -> None:
    found = texts("Team-atlas")
    assert found[0] == "Cloister-atlas"
    assert {"Requests by model", "Cost, with guarding", "Requests gemma-4-31b", "TimeToFirstToken p95"} <= set(found)


def test_what_is_searched_for_is_found() -> None:
    assert "atlas" in texts("Audit")


def test_an_expression_that_is_not_known_is_not_drawn() -> None:
    properties = {"title": "t", "metrics": [[{"expression": "SUM(m)"}]], "yAxis": {"left": {"label": "u"}}}
    with pytest.raises(ValueError, match="is not known here"):
        draw("d", {"widgets": [{"type": "metric", "x": 0, "y": 2, "properties": properties}]}, Metrics([]))
