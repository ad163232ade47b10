"""CDK's own check of templates by CloudFormation's schemas, once for all templates that are the same.

Starting its engine takes a processor six seconds, and each template a tenth of one: more than all else of a team. Two
teams' templates mostly differ in the team's own words alone, and what was found in a template is found again while the
engine is the same. So each shape of template is shown to the engine once, and what it found is remembered in a file.
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.CloudFormationValidatePlugin.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import (
    CloudFormationValidatePlugin,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
)
from constructs import IConstruct

from stacks.base import CloisterStack

__all__ = ["TemplateCheck", "shape"]

_engine = cache(CloudFormationValidatePlugin)  # of this process: it is the start that takes the time
_MOST = 2_000  # shapes that are remembered; the oldest go first
_ENDING = ".template.json"


def shape(template: str, words: Sequence[str]) -> str:
    """Return a hash that two templates share when they differ in their logical ids and their own words alone.

    Parameters
    ----------
    template
        The template's text.
    words
        What is this one's own, each word standing for the same as the word at its place in another's.

    Examples
    --------
    >>> shape('{"Resources": {"A1": {"b": "atlas"}}}', ["atlas"]) == shape('{"Resources": {"A2": {"b": "x"}}}', ["x"])
    True
    >>> shape('{"Resources": {"A1": {"b": "atlas"}}}', ["atlas"]) == shape('{"Resources": {"A2": {"c": "x"}}}', ["x"])
    False
    """
    stands_for = {name: f"\0{number}\0" for number, name in enumerate(_ids(template))}
    # A name is a word by itself, and not where it happens to be a part of another.
    stands_for |= {word: f"\0w{number}\0" for number, word in enumerate(words) if word not in stands_for}
    longest = sorted(filter(None, stands_for), key=len, reverse=True)
    any_of_them = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest))})(?![A-Za-z0-9])")
    text = any_of_them.sub(lambda found: stands_for[found[0]], template) if longest else template
    return hashlib.sha256(text.encode()).hexdigest()


def _ids(template: str) -> list[str]:
    """The logical ids of a template's resources, which hold a hash of where they stand, in their order."""
    return list(json.loads(template).get("Resources", {}))


@jsii.implements(IPolicyValidationContext)
class _Some:
    """What the engine is shown: some of the templates."""

    def __init__(self, stacks: Sequence[PolicyValidationStack], app: IConstruct) -> None:
        self._stacks = list(stacks)
        self._app = app

    @property
    def stack_templates(self) -> list[PolicyValidationStack]:
        return self._stacks

    @property
    def template_paths(self) -> list[str]:
        return [stack.template_path for stack in self._stacks]

    @property
    def account_id(self) -> str | None:
        return None

    @property
    def region(self) -> str | None:
        return None

    @property
    def app_construct(self) -> IConstruct:
        return self._app


@jsii.implements(IPolicyValidationPlugin)
class TemplateCheck:
    """Runs CDK's check on each shape of template that it was not run on before; stands in for the one built in.

    Parameters
    ----------
    stacks
        The stacks, which say what words are their own.
    memory
        The file of what was found before; `None` remembers nothing. One that cannot be read is as if it were not there.
    starts
        Whether the engine is started for a shape that is not known. A process that does not leaves it to one that does:
        nothing is known of a template whose shape is in `left`.

    Attributes
    ----------
    checked
        Names of the stacks whose templates the last synthesis showed to the engine.
    shapes
        The shapes of the last synthesis, each with the name of a stack whose template has it.
    left
        Those of them that were not shown to an engine, neither now nor before.
    """

    def __init__(self, stacks: Sequence[CloisterStack], memory: Path | None = None, *, starts: bool = True) -> None:
        self._words = {stack.title: stack.own_words for stack in stacks}
        self._places = {stack.title: (stack.deployment.account, stack.deployment.region) for stack in stacks}
        self._memory = memory
        self._starts = starts
        self.checked: list[str] = []
        self.shapes: dict[str, str] = {}
        self.left: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The name of the engine, by which what is accepted of its findings is known."""
        return str(CloudFormationValidatePlugin.PLUGIN_NAME)

    @property
    def version(self) -> str:
        """The release that the engine is of: what was found by another is not what this one finds."""
        return version("aws-cdk-lib")

    @property
    def rule_ids(self) -> list[str]:
        """No ids: only the engine knows them, and it is started when there is something to show it."""
        return []

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Show the engine what is new among the templates of a synthesis, and report on all of them."""
        known = self._read()
        by_shape: dict[str, list[Path]] = {}
        for path in map(Path, context.template_paths):
            name = path.name.removesuffix(_ENDING)
            found = shape(path.read_text(), self._words.get(name, ()))
            by_shape.setdefault(f"{self._places.get(name)} {found}", []).append(path)
        self.shapes = {found: same[0].name.removesuffix(_ENDING) for found, same in by_shape.items()}
        if not self._starts:
            self.left = {found: stack for found, stack in self.shapes.items() if found not in known}
            by_shape = {found: same for found, same in by_shape.items() if found in known}
        wanted = {str(same[0]): found for found, same in by_shape.items() if found not in known}
        shown = [stack for stack in context.stack_templates if stack.template_path in wanted] if wanted else []
        new = {wanted[stack.template_path]: stack for stack in shown}
        self.checked = sorted(Path(path).name.removesuffix(_ENDING) for path in wanted)
        if new:
            some = _Some(list(new.values()), context.app_construct)
            report = _engine().validate(some)
            known |= {found: _of(report, stack) for found, stack in new.items()}
            self._write(known)
        violations = [violation for found, same in by_shape.items() for violation in _again(known[found], same)]
        return PolicyValidationPluginReport(
            success=all(violation.severity not in ("error", "fatal") for violation in violations), violations=violations
        )

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        try:
            found = json.loads(self._memory.read_text()) if self._memory else {}
            shapes = found["shapes"] if found.get("engine") == self.version else {}
            return {str(name): [dict(entry) for entry in entries] for name, entries in shapes.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def _write(self, known: Mapping[str, list[dict[str, Any]]]) -> None:
        if self._memory is None:
            return
        # An error is looked for anew each time: nothing that is written here can say that a template is right.
        kept = {name: found for name, found in known.items() if all(each["severity"] == "warning" for each in found)}
        kept = dict(list(kept.items())[-_MOST:])
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        part = self._memory.with_suffix(".part")
        part.write_text(json.dumps({"engine": self.version, "shapes": kept}))
        part.replace(self._memory)


def _of(report: PolicyValidationPluginReport, stack: PolicyValidationStack) -> list[dict[str, Any]]:
    """What was found in one stack's template, as data that does not name the stack."""
    found: list[dict[str, Any]] = []
    ids = _ids(Path(stack.template_path).read_text())
    for violation in report.violations:
        for resource in violation.violating_resources:
            if resource.template_path == stack.template_path:
                found.append(
                    {
                        "rule_name": violation.rule_name,
                        "description": violation.description,
                        "severity": violation.severity,
                        "fix": violation.fix,
                        "rule_metadata": violation.rule_metadata,
                        "resource": ids.index(named) if (named := resource.resource_logical_id) else None,
                        "locations": list(resource.locations),
                    }
                )
    return found


def _again(found: Sequence[Mapping[str, Any]], templates: Sequence[Path]) -> Iterator[PolicyViolation]:
    """Say of each of some templates what was found in one of their shape."""
    for entry in found:
        number = entry["resource"]
        yield PolicyViolation(
            **{key: entry[key] for key in ("rule_name", "description", "severity", "fix", "rule_metadata")},
            violating_resources=[
                PolicyViolatingResource(
                    resource_logical_id=None if number is None else _ids(path.read_text())[number],
                    construct_path=path.name.removesuffix(_ENDING) if number is None else None,
                    template_path=str(path),
                    locations=entry["locations"],
                )
                for path in templates
            ],
        )
