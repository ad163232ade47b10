"""Stacks that are there already."""

from __future__ import annotations

from preflight.looks import stacks
from tests.preflight.cases.common import (
    OK,
    STOPS,
    WARNING,
    Case,
    deployed,
)
from tests.preflight.recorded import (
    stack,
)

CASES: list[Case] = [
    Case(
        "a team without a file",
        stacks.LOOK,
        "team-has-file",
        WARNING,
        ("Cloister-Team-orbit", "teams/orbit.yaml"),
        deployed("Cloister-Team-orbit"),
    ),
    Case("teams with files", stacks.LOOK, "team-has-file", OK, (), deployed("Cloister-Team-atlas")),
    Case(
        "a team of a deployment with a longer name",
        stacks.LOOK,
        "team-has-file",
        OK,
        (),
        deployed(stack("Cloister-Team-x-Audit", tags={"deployment": "Cloister-Team-x"})),
    ),
    Case(
        "somebody else's stack",
        stacks.LOOK,
        "stack-is-ours",
        STOPS,
        ("'other'", "'name'"),
        deployed(stack("Cloister-Network", tags={"deployment": "other"})),
    ),
    Case("a stack that is there", stacks.LOOK, "stack-state", OK, ("will be updated",), deployed("Cloister-Network")),
    Case(
        "a stack in progress",
        stacks.LOOK,
        "stack-state",
        STOPS,
        ("aws cloudformation wait",),
        deployed(stack("Cloister-Network", "UPDATE_IN_PROGRESS")),
    ),
    Case(
        "a first try that rolled back",
        stacks.LOOK,
        "stack-state",
        WARNING,
        ("delete-stack",),
        deployed(stack("Cloister-Network", "ROLLBACK_COMPLETE")),
    ),
    Case(
        "a rollback that failed",
        stacks.LOOK,
        "stack-state",
        STOPS,
        ("DNS firewall", "docs/network.md"),
        deployed(stack("Cloister-Network", "ROLLBACK_FAILED")),
    ),
    Case(
        "an update that could not go back",
        stacks.LOOK,
        "stack-state",
        STOPS,
        ("continue-update-rollback",),
        deployed(stack("Cloister-Audit", "UPDATE_ROLLBACK_FAILED")),
    ),
]
