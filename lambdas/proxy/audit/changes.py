"""What a client asked for, and what of it was changed or left out: names out of the rules for fields, never a value."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..request.prepared import Prepared

#: The headers that say of a parameter that it was changed, and of which.
CHANGED = {
    "x-cloister-reasoning-effort": "reasoning_effort",
    "x-cloister-parallel-tool-calls": "parallel_tool_calls",
    "x-cloister-truncation": "truncation",
    "x-cloister-structured-output": "response_format",
}
#: The header that says which the service did not take, each with its other name or ``dropped``.
REFUSED = "x-cloister-parameters"


def said(asked: Mapping[str, object], prepared: Prepared | None) -> dict[str, Any]:
    """Return what a record says of a request.

    Parameters
    ----------
    asked
        The parameters, by their names, all of which are in the rules; one that is null was not given.
    prepared
        What was made of it; None: nothing was.
    """
    changed: set[str] = set()
    dropped: set[str] = set()
    unknown = 0
    if prepared is not None:
        unknown = len(prepared.dropped)
        for name, value in (*prepared.headers, *prepared.notices):
            if name in CHANGED:
                changed.add(CHANGED[name])
            elif name == REFUSED:
                for notice in value.split(", "):
                    parameter, _, other = notice.partition("=")
                    (dropped if other == "dropped" else changed).add(parameter)
    names = sorted([name for name, value in asked.items() if value is not None])
    return {"asked": names, "changed": sorted(changed), "dropped": sorted(dropped), "unknown": unknown}
