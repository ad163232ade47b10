"""What CDK's own report says of other rule packs: what they found, and what was accepted of it.

https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = Any
#: The report that CDK writes into the assembly when a plugin ran.
REPORT = "validation-report.json"
#: This review's own name among the plugins.
OWN = "Cloister"
#: Tools that are asked where somebody wants to know, and stop nothing; without an answer of theirs, nothing is said of
#: the waivers of their findings.
APART = frozenset({"HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321", "cfn-lint"})


class PacksError(Exception):
    """A report of other tools cannot be read. The message says why."""


def accepted(folder: Path) -> list[dict[str, str]] | None:
    """Return what was accepted of the packs' findings, `id` and `where` of each; None if there is no report.

    Raises
    ------
    PacksError
        If there is one that cannot be read.
    """
    report = _report(folder)
    if report is None:
        return None
    return [
        {"id": found["acknowledgedId"], "where": found["acknowledgedAt"]}
        for plugin in report.get("pluginReports", [])
        if plugin.get("pluginName") != OWN
        for found in plugin.get("suppressedViolations", [])
    ]


def opinions(folder: Path, more: Path | None = None) -> list[Json]:
    """Return what other tools found: those of CDK's report, and those of a file.

    Raises
    ------
    PacksError
        If one cannot be read.
    """
    report = _report(folder) or {}
    found = [opinion(p) for p in report.get("pluginReports", []) if p.get("pluginName") != OWN]
    if more is not None:
        read = _read(more)
        known = {o["tool"] for o in read}
        found = [o for o in found if o["tool"] not in known] + read
    return found


def opinion(plugin: Json) -> Json:
    """Return what one plugin found."""
    return {
        "tool": plugin.get("pluginName"),
        "version": plugin.get("pluginVersion"),
        "findings": sorted(
            (
                {
                    "rule": found.get("ruleName"),
                    "where": construct.get("constructPath") or construct.get("resourceLogicalId") or "",
                    "said": found.get("description") or "",
                    "accepted": key == "suppressedViolations",
                }
                for key in ("violations", "suppressedViolations")
                for found in plugin.get(key, [])
                for construct in found.get("violatingConstructs", [])
            ),
            key=lambda f: (f["rule"], f["where"]),
        ),
    }


def _report(folder: Path) -> Json:
    return _read(folder / REPORT) if (folder / REPORT).is_file() else None


def _read(path: Path) -> Json:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise PacksError(f"{path} cannot be read: {wrong}") from None
