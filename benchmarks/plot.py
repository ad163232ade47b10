"""Two charts of what was measured, as one SVG: no library for a few bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from benchmarks.measure import Spread

__all__ = ["Bars", "draw"]

Bars = Sequence[tuple[str, Spread]]
"""Names, and milliseconds with their quartiles."""

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP = 860, 230, 90, 30, 54
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .tick { font-size: 11px; fill: #57606a; }
  .line { stroke: #d0d7de; }
  .bar { fill: #8c959f; }
  .ours { fill: #1a7f5a; }
  .range { stroke: #24292f; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .tick { fill: #9198a1; } .line { stroke: #3d444d; } .bar { fill: #6e7681; }
    .ours { fill: #3fb27f; } .range { stroke: #e6edf3; }
  }"""


def draw(charts: Sequence[tuple[str, Bars]]) -> str:
    """Return the picture.

    Parameters
    ----------
    charts
        Title and bars of each; on a logarithmic scale.
    """
    parts: list[str] = []
    top = 0
    for title, bars in charts:
        parts += _chart(title, bars, top)
        top += _TOP + _ROW * len(bars) + 34
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img" '
        f'aria-label="{escape("; ".join(title for title, _ in charts))}">\n<style>{_STYLE}\n</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _chart(title: str, bars: Bars, top: int) -> list[str]:
    lowest = math.floor(math.log10(min(spread.low for _, spread in bars)))
    highest = math.ceil(math.log10(max(spread.high for _, spread in bars)))
    scale = (_WIDTH - _LEFT - _RIGHT) / (highest - lowest)

    def place(value: float) -> float:
        return _LEFT + (math.log10(value) - lowest) * scale

    bottom = top + _TOP + _ROW * len(bars)
    parts = [f'<text class="title" x="12" y="{top + 26}">{escape(title)}</text>']
    for power in range(lowest, highest + 1):
        x = place(10.0**power)
        parts.append(f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{top + _TOP - 8}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_ms(10.0**power)}</text>')
    for row, (name, spread) in enumerate(bars):
        y = top + _TOP + _ROW * row
        kind = "ours" if name.startswith("Cloister") else "bar"
        end = place(spread.median)
        middle = y + _ROW / 2 - 5
        parts += [
            f'<text x="{_LEFT - 10}" y="{middle + 5:.1f}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_ROW - 10}" rx="2"/>',
            f'<line class="range" x1="{place(spread.low):.1f}" x2="{place(spread.high):.1f}" '
            f'y1="{middle:.1f}" y2="{middle:.1f}"/>',
            f'<text x="{place(spread.high) + 8:.1f}" y="{middle + 5:.1f}">{_ms(spread.median)}</text>',
        ]
    return parts


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 1000 else f"{value:.3g} ms"
