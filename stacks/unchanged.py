"""What the kit made is what is deployed: an extension adds to its team's stack, and changes nothing else.

The deployment is synthesised a second time without the teams' extensions, and the templates compared: each part of the
kit's, in whichever stack, has to be the same in both. So it does not matter by which way a part was changed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import (
    App,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from lambdas.package import Packages
from stacks.kit import assemble
from stacks.settings import Settings

__all__ = ["Unchanged", "changed", "without_extensions"]

Json = Any
_ENDING = ".template.json"
#: What CDK keeps of a stack beside its template, and deploys it with.
_MANIFEST = (
    *("terminationProtection", "tags", "notificationArns", "stackName", "assumeRoleArn"),
    "cloudFormationExecutionRoleArn",
)


def without_extensions(
    settings: Settings,
    packages: Packages,
    context: Mapping[str, Json],
    extended: Collection[str],
    only: Collection[str] | None = None,
) -> dict[str, Json]:
    """Return the templates of the teams, and the platform's, as they are without any extension.

    Every team's is among them: an extension has a way to each stack that is synthesised beside its own.

    Parameters
    ----------
    settings, packages
        The deployment.
    context
        CDK's, as the deployment is synthesised with it.
    extended
        Names of the teams that have an extension; without any there is nothing to compare.
    only
        Names of the teams that are synthesised; `None` for all.
    """
    if not extended:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder, context=dict(context), builtin_cloud_formation_validation=False)
        assemble(app, settings, packages, only=only)
        app.synth()
        files = Path(folder).glob(f"*{_ENDING}")
        return {path.name.removesuffix(_ENDING): _read(path) for path in files}


def _read(path: Path) -> Json:
    """A template, and beside its sections what the manifest says of its stack."""
    artifacts = json.loads((path.parent / "manifest.json").read_text())["artifacts"]
    said = artifacts[path.name.removesuffix(_ENDING)]["properties"]
    return {**json.loads(path.read_text()), "(manifest)": {"stack": {name: said.get(name) for name in _MANIFEST}}}


def changed(kit: Json, extended: Json) -> Iterator[tuple[str, str]]:
    """Yield the logical id of each part of a template that is not as the kit made it, and what is different.

    Examples
    --------
    >>> kit = {"Resources": {"Api": {"Type": "T", "Properties": {"Name": "a"}}}}
    >>> more = {"Resources": {"Api": {"Type": "T", "Properties": {"Name": "b"}}, "Alarm": {"Type": "A"}}}
    >>> list(changed(kit, more))
    [('Api', 'Properties.Name')]
    >>> list(changed(more, kit))
    [('Api', 'Properties.Name'), ('Alarm', 'it is gone')]
    """
    for section in kit:
        if not isinstance(kit[section], Mapping):
            if kit[section] != extended.get(section):
                yield section, "it is another"
            continue
        there = extended.get(section) or {}
        for id, made in kit[section].items():
            if id not in there:
                yield id, "it is gone"
            elif made != there[id]:
                yield id, ", ".join(_differing(made, there[id]))


def _differing(one: Json, other: Json, place: str = "") -> list[str]:
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)) or place.count(".") > 0:
        return [place]
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return [
        found for name in names for found in _differing(one.get(name), other.get(name), f"{place}.{name}".strip("."))
    ]


@jsii.implements(IPolicyValidationPlugin)
class Unchanged:
    """Fails a synthesis in which a part of the kit is not as the kit made it.

    Parameters
    ----------
    kit
        The templates without extensions, by the names of their stacks.
    files
        The file of each team's extension, by the team, for messages.
    deployment
        Name of the deployment, which the names of its stacks begin with.
    """

    def __init__(self, kit: Mapping[str, Json], files: Mapping[str, str], deployment: str) -> None:
        self._kit = kit
        self._files = {f"{deployment}-Team-{team}": file for team, file in files.items()}
        #: What was found in the last synthesis, a sentence each.
        self.found: list[str] = []

    @property
    def name(self) -> str:
        """What CDK's report calls it."""
        return "Cloister extensions"

    @property
    def version(self) -> str:
        """It has one rule."""
        return "1"

    @property
    def rule_ids(self) -> list[str]:
        """The id of the rule."""
        return ["kit-is-unchanged"]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Compare the templates of a synthesis with those without extensions."""
        violations = []
        self.found = []
        for path in map(Path, context.template_paths):
            stack = path.name.removesuffix(_ENDING)
            if stack not in self._kit:
                continue
            template = _read(path)
            by = self._files.get(stack) or " or ".join(sorted(self._files.values()))
            differences = dict(changed(self._kit[stack], template))
            if stack not in self._files:  # the platform's: nothing is added to it either
                more = {id: "it is added" for id, _ in changed(template, self._kit[stack])}
                differences = {**more, **differences}
            for id, what in differences.items():
                said = f"{by} changes {stack}/{id}, which the kit made: {what}"
                self.found.append(said)
                violations.append(
                    PolicyViolation(
                        rule_name="kit-is-unchanged",
                        description=said,
                        severity="error",
                        fix="add resources of the team's own; what the kit makes is changed by settings alone",
                        violating_resources=[
                            PolicyViolatingResource(locations=[], resource_logical_id=id, template_path=str(path))
                        ],
                    )
                )
        return PolicyValidationPluginReport(success=not violations, violations=violations)
