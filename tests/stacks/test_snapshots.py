"""Every stack as it is deployed: a change of a template is seen, and reviewed, as a change of a file."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks.assembly import Assembly, normalise
from tests.stacks.deployments import settings

STACKS = ["Audit", "Network", "Guardrails", "Team-atlas", "Team-beacon"]


@pytest.mark.parametrize("stack", STACKS)
def test_stack(stack: str, deployed: Assembly, snapshot: SnapshotAssertion) -> None:
    template = deployed.templates[f"Cloister-{stack}"]
    assert normalise(template) == snapshot(extension_class=JSONSnapshotExtension)


def test_every_stack_has_a_snapshot(deployed: Assembly) -> None:
    assert sorted(deployed.templates) == sorted(f"Cloister-{stack}" for stack in STACKS)


def test_a_code_edit_changes_the_package_and_nothing_else(deployed: Assembly, tmp_path: Path) -> None:
    edited = Assembly.of(settings(), tmp_path, source="print('goodbye')\n").templates
    assert {name: normalise(template) for name, template in edited.items()} == {
        name: normalise(template) for name, template in deployed.templates.items()
    }
    changed = {name for name, template in edited.items() if template != deployed.templates[name]}
    assert changed == {"Cloister-Team-atlas", "Cloister-Team-beacon"}
