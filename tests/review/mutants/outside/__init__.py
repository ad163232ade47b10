"""Checkers that others wrote, on the same mutants: what each finds in a folder of templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.review.mutants.outside import checkov, guard, lint, packs

#: What is found in each template: the rule's id and the resource.
Findings = Mapping[str, set[tuple[str, str]]]
#: Every checker by its column's name: its version, and what runs it on some templates.
TOOLS: Mapping[str, tuple[Callable[[], str], Callable[[list[Path]], Mapping[str, Findings]]]] = {
    "cdk-nag": (packs.version, packs.run),
    "cfn-lint": (lint.version, lint.run),
    "checkov": (checkov.version, checkov.run),
    "Control Tower guard": (guard.version, guard.run),
}
