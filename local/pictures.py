"""Draws the dashboards as pictures: ``python -m local.pictures [FOLDER]``, from what `make up` deployed and recorded.

Their documents are read out of the templates, their values computed from the functions' records. The records of a tour
are seconds apart: so the span from the first to the last is divided into 24 periods, in place of periods of 5 minutes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from local.alarms import recorded
from local.state import ROOT, State
from local.watch.metrics import Key, Metrics

_PERIODS, _WIDE, _HIGH, _LEFT = 24, 520, 190, 72
_COLOURS = ("#1a7f5a", "#0969da", "#bc4c00", "#8250df", "#cf222e", "#57606a", "#9a6700")
_SEARCH = re.compile(r"SEARCH\('\{(\w+),([a-z,]+)\} MetricName=\"(\w+)\"[^']*', '(\w+)'")


def main(folder: Path, state: State) -> int:
    """Write a picture of each dashboard into a folder."""
    metrics = recorded(state.records)
    for path in sorted((state.directory / "cdk.out").glob("*.template.json")):
        for name, document in dashboards(json.loads(path.read_text())):
            target = folder / f"dashboard-{name.rpartition('-')[2]}.svg"
            target.write_text(draw(name, document, metrics), encoding="utf-8")
            sys.stdout.write(f"{target}\n")
    return 0


def dashboards(template: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield names and documents of a template's dashboards; what is known at deployment alone is left blank."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Dashboard":
            written = resource["Properties"]["DashboardBody"]
            parts = written["Fn::Join"][1] if isinstance(written, dict) else [written]
            body = "".join(part if isinstance(part, str) else "-" for part in parts)
            yield resource["Properties"]["DashboardName"], json.loads(body)


def draw(name: str, document: Any, metrics: Metrics) -> str:
    """Return a dashboard as SVG."""
    times = [at for values in metrics.values.values() for at, _ in values]
    begin, end = (min(times), max(times) + 0.001) if times else (0.0, 1.0)
    graphs = [widget for widget in document["widgets"] if widget["type"] == "metric"]
    rows = max(widget["y"] for widget in graphs) // 6 + 1
    high = 44 + rows * (_HIGH + 76)
    parts = [f'<text x="16" y="28" font-size="17" font-weight="600">{escape(name)}</text>']
    for widget in graphs:
        left, top = widget["x"] // 12 * (_WIDE + 20) + 16, 44 + (widget["y"] - 2) // 6 * (_HIGH + 76)
        parts.append(f'<g transform="translate({left},{top})">{_graph(widget["properties"], metrics, begin, end)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDE + 52} {high}" role="img" '
        f'aria-label="Dashboard {escape(name)}" font-family="system-ui, sans-serif" font-size="12">\n'
        f'<rect width="{2 * _WIDE + 52}" height="{high}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _graph(properties: Mapping[str, Any], metrics: Metrics, begin: float, end: float) -> str:
    step = (end - begin) / _PERIODS
    found = []
    for label, key, statistic in _series(properties["metrics"], metrics):
        values = [
            metrics.statistic(key, statistic, begin + at * step, begin + (at + 1) * step) for at in range(_PERIODS)
        ]
        found.append((label, values))
    limits = [limit["value"] for limit in properties.get("annotations", {}).get("horizontal", [])]
    most = max([*limits, *(value for _, values in found for value in values if value is not None)], default=1.0) or 1.0

    def place(at: int, value: float) -> tuple[float, float]:
        return _LEFT + (_WIDE - _LEFT - 8) * at / (_PERIODS - 1), 28 + (_HIGH - 40) * (1 - value / most)

    unit = properties["yAxis"]["left"]["label"]
    parts = [
        f'<rect width="{_WIDE}" height="{_HIGH + 64}" rx="6" fill="none" stroke="#d0d7de"/>',
        f'<text x="10" y="18" font-weight="600">{escape(properties["title"])}</text>',
        f'<text x="{_LEFT - 6}" y="34" text-anchor="end" fill="#57606a">{most:.3g}</text>',
        f'<text x="{_LEFT - 6}" y="{_HIGH - 8}" text-anchor="end" fill="#57606a">0</text>',
        f'<text x="{_LEFT - 6}" y="{_HIGH // 2}" text-anchor="end" fill="#57606a">{escape(unit)}</text>',
        f'<line x1="{_LEFT}" x2="{_WIDE - 8}" y1="{_HIGH - 12}" y2="{_HIGH - 12}" stroke="#d0d7de"/>',
    ]
    for limit in limits:
        y = place(0, limit)[1]
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDE - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cf222e" opacity=".5"/>')
    for at, (label, values) in enumerate(found):
        colour = _COLOURS[at % len(_COLOURS)]
        points = [place(number, value) for number, value in enumerate(values) if value is not None]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = 12 + at % 2 * (_WIDE // 2), _HIGH + 10 + at // 2 * 17
        shade = "#24292f" if points else "#8c959f"
        parts.append(f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 9}" y="{y}" font-size="11" fill="{shade}">{escape(label)}</text>')
    return "".join(parts)


def _series(lines: Sequence[Any], metrics: Metrics) -> Iterator[tuple[str, Key, str]]:
    for line in lines:
        if isinstance(line[0], dict):
            search = _SEARCH.search(line[0]["expression"])
            if search is None:
                raise ValueError(f"{line[0]['expression']} is not known here")
            names = frozenset(search[2].split(",")) | {"deployment"}
            for key in sorted(metrics.values, key=str):
                if key[:2] == (search[1], search[3]) and {name for name, _ in key[2]} == names:
                    yield (
                        " ".join(value for name, value in sorted(key[2], reverse=True) if name != "deployment"),
                        key,
                        search[4],
                    )
            continue
        namespace, name, *words, how = line
        pairs = dict(zip(words[::2], words[1::2], strict=True))
        of = pairs.get("model", "").removeprefix("google.")
        label = f"{name} {of}".strip() + ("" if how["stat"] == "Sum" else f" {how['stat']}")
        yield label, (namespace, name, frozenset(pairs.items())), how["stat"]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures", State.find()))
