"""Two cloud assemblies of one deployment, each with the platform's stacks and some teams', made one.

What both hold has to be the same to the byte, or nothing is made of them.
https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from review.finding import Finding
from review.packs import OWN, REPORT
from review.verdict import Verdict

__all__ = ["JoinError", "add_engine", "add_review", "join"]

Json = Any
MANIFEST = "manifest.json"
ENGINE = "CloudFormation Validate"
_ENDING = ".template.json"


class JoinError(Exception):
    """Two assemblies are not of one deployment. The message says what differs."""


def join(first: Path, second: Path) -> None:
    """Move the stacks of a second assembly into the first, which then is as if it had been made in one go.

    Raises
    ------
    JoinError
        When what both made is not the same.
    """
    one, other = (_read(folder / MANIFEST) for folder in (first, second))
    both = [name for name in other["artifacts"] if name in one["artifacts"]]
    for name in both:
        files = _files(other["artifacts"][name])
        same = all((first / file).read_bytes() == (second / file).read_bytes() for file in files)
        if not same or one["artifacts"][name] != other["artifacts"][name]:
            raise JoinError(
                f"{name} came out differently in two processes, so it depends on more than the settings and the stack "
                "itself. With `-c processes=1` all stacks are made by one"
            )
    theirs = {file for name in both for file in _files(other["artifacts"][name])}
    for path in sorted(second.iterdir()):
        # An asset is called by its hash.
        if path.name in {MANIFEST, REPORT, *theirs} or (
            path.name.startswith("asset.") and (first / path.name).exists()
        ):
            continue
        shutil.move(path, first / path.name)
    _write(first / MANIFEST, _manifest(one, other))
    _join_reports(first, _report(second), lambda stack: stack not in both)


def _files(artifact: Json) -> list[str]:
    """The files of an artifact, beside the manifest."""
    named = artifact.get("properties", {})
    found = (artifact.get("additionalMetadataFile"), named.get("templateFile"), named.get("file"))
    return [str(file) for file in found if file]


def _manifest(one: Json, other: Json) -> Json:
    """The manifest of both: stacks in the order in which they are made, and behind them what is no stack's."""
    if one["version"] != other["version"]:
        raise JoinError(f"manifests are of versions {one['version']} and {other['version']}")
    artifacts = dict(one["artifacts"])
    behind = [name for name, artifact in artifacts.items() if artifact["type"] not in _OF_STACKS]
    last = {name: artifacts.pop(name) for name in behind}
    artifacts |= {name: artifact for name, artifact in other["artifacts"].items() if name not in last}
    missing = [*one.get("missing", []), *(m for m in other.get("missing", []) if m not in one.get("missing", []))]
    cli = max(one["minimumCliVersion"], other["minimumCliVersion"], key=lambda at: [int(n) for n in at.split(".")])
    whole = {**one, "artifacts": artifacts | last, "minimumCliVersion": cli}
    return {**whole, "missing": missing} if missing else whole


_OF_STACKS = ("aws:cloudformation:stack", "cdk:asset-manifest")


def add_engine(folder: Path, checked: Path, stacks: Sequence[str]) -> None:
    """Add to an assembly's report what CDK's engine found in some stacks of another, made to be shown to it."""
    found = [plugin for plugin in _report(checked)["pluginReports"] if plugin["pluginName"] == ENGINE]
    _join_reports(folder, {**_report(checked), "pluginReports": found}, lambda stack: stack in stacks)


def add_review(folder: Path, verdict: Verdict, halting: Sequence[Finding]) -> None:
    """Add what stops a deployment to an assembly's report, in the form in which CDK writes what a plugin found."""
    violations = [
        {
            "ruleName": finding.code,
            "description": f"{finding.where}: {finding.found}",
            "suggestedFix": finding.cure,
            "severity": "error",
            "ruleMetadata": {"why": finding.why, "source": finding.source, "status": finding.status.value},
            "violatingConstructs": [_place(*finding.where.partition("/"))],
        }
        for finding in halting
    ]
    plugin = {
        "pluginName": OWN,
        "pluginVersion": f"{len(verdict.rules)}.{len(verdict.proofs)}",
        "conclusion": "failure",
        "violations": violations,
        "suppressedViolations": [],
    }
    _join_reports(folder, {**_report(folder), "pluginReports": [plugin]}, lambda _: True)


def _place(stack: str, _: str, id: str) -> Json:
    if not id:
        return {"constructPath": stack}
    return {"constructPath": stack, "cloudFormationResource": {"templatePath": f"{stack}{_ENDING}", "logicalId": id}}


def _join_reports(folder: Path, more: Json, counts: Callable[[str], bool]) -> None:
    """Add to a report what another says of the stacks that count."""
    whole = _report(folder)
    plugins = {plugin["pluginName"]: plugin for plugin in whole["pluginReports"]}
    for plugin in more["pluginReports"]:
        said = {key: list(_about(plugin.get(key, []), counts)) for key in ("violations", "suppressedViolations")}
        known = plugins.setdefault(plugin["pluginName"], {**plugin, "violations": [], "suppressedViolations": []})
        for key, entries in said.items():
            known[key] = [*known.get(key, []), *entries]
        if plugin["conclusion"] != "success":
            known["conclusion"] = plugin["conclusion"]
    if plugins:
        _write(folder / REPORT, {**whole, "pluginReports": list(plugins.values())})


def _about(entries: Sequence[Json], counts: Callable[[str], bool]) -> Iterator[Json]:
    for entry in entries:
        places = entry.get("violatingConstructs", [])
        kept = [place for place in places if counts(_stack(place))]
        if kept or not places:
            yield {**entry, "violatingConstructs": kept}


def _stack(place: Mapping[str, Json]) -> str:
    template = str(place.get("cloudFormationResource", {}).get("templatePath", ""))
    return str(place.get("constructPath") or Path(template).name.removesuffix(_ENDING)).partition("/")[0]


def _report(folder: Path) -> Json:
    if not (folder / REPORT).is_file():
        raise JoinError(f"{folder.name} holds no {REPORT}: CDK's checks did not run")
    return _read(folder / REPORT)


def _read(path: Path) -> Json:
    return json.loads(path.read_text("utf-8"))


def _write(path: Path, value: Json) -> None:
    """Write JSON as CDK does."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False), "utf-8")
