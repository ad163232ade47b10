"""The component definition: which controls the deployment implements, by which rules that can be run again."""

from __future__ import annotations

from typing import Any

from review.oscal.ids import control_id, identifier, line, metadata, prop, seed
from review.page.controls import Framework, crosswalk
from review.verdict import Verdict

Json = Any


def component_definition(verdict: Verdict) -> Json:
    """Return the document."""
    stacks = [template.stack for template in verdict.deployment.assembly.templates]
    return {
        "component-definition": {
            "uuid": identifier("component-definition", seed(verdict)),
            "metadata": metadata(verdict, "Private inference: controls that its templates implement"),
            "components": [
                {
                    "uuid": identifier("component", *stacks),
                    "type": "software",
                    "title": "Private inference deployment",
                    "description": line(f"What these templates make: {', '.join(stacks)}."),
                    "props": [prop("stack", line(stack)) for stack in stacks],
                    "control-implementations": [_implementation(f, stacks) for f in crosswalk(verdict)],
                }
            ],
        }
    }


def _implementation(framework: Framework, stacks: list[str]) -> Json:
    return {
        "uuid": identifier("implementation", framework.key, *stacks),
        "source": framework.source,
        "description": line(f"{framework.name}: the controls that rules of the review answer."),
        "implemented-requirements": [
            {
                "uuid": identifier("requirement", framework.key, control.id, *stacks),
                "control-id": control_id(framework.key, control.id),
                "description": line(". ".join(judged.rule.title for judged in control.rules)),
                "props": [prop("rule", judged.rule.id) for judged in control.rules],
            }
            for control in framework.controls
        ],
    }
