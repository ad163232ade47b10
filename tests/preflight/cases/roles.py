"""Callers and administrators."""

from __future__ import annotations

from preflight.looks import roles
from tests.preflight import recorded
from tests.preflight.cases.common import (
    NOT_ASKED,
    OK,
    STOPS,
    WARNING,
    Case,
)
from tests.preflight.recorded import (
    ACCOUNT,
    DENIED,
    Refused,
    role_record,
)

CASES: list[Case] = [
    Case(
        "a role with a path",
        roles.LOOK,
        "role-exists",
        STOPS,
        (f"arn:aws:iam::{ACCOUNT}:role/people/atlas-developer", "name it by its ARN"),
        {"iam.GetRole": lambda asked: {"Role": role_record(f"arn:aws:iam::{ACCOUNT}:role/people/{asked['RoleName']}")}},
    ),
    Case("roles that are there", roles.LOOK, "role-exists", OK, ("atlas-developer",)),
    Case(
        "a signing caller that is not there",
        roles.LOOK,
        "role-exists",
        STOPS,
        ("beacon-service", "API Gateway refuses"),
        {"iam.GetRole": Refused("NoSuchEntity", 404)},
    ),
    Case(
        "a caller with tokens that is not there",
        roles.LOOK,
        "role-exists",
        WARNING,
        ("atlas-batch", "tokens are refused"),
        {"iam.GetRole": Refused("NoSuchEntity", 404)},
    ),
    Case(
        "an administrator that is not there",
        roles.LOOK,
        "role-exists",
        WARNING,
        ("platform", "keys"),
        {"iam.GetRole": Refused("NoSuchEntity", 404)},
        deployment={"administrators": ["platform"]},
    ),
    Case("a role of another account", roles.LOOK, "role-exists", WARNING, ("account 444455556666",)),
    Case(
        "a permission set that is not assigned",
        roles.LOOK,
        "role-exists",
        WARNING,
        ("BeaconDesk", "those that have: Other"),
        {"iam.ListRoles": {"Roles": [role_record(recorded.PERMISSION_SET.replace("BeaconDesk", "Other"))]}},
    ),
    Case("a permission set", roles.LOOK, "role-exists", OK, ("BeaconDesk", "assigned in this account")),
    Case(
        "roles that cannot be asked",
        roles.LOOK,
        "role-exists",
        NOT_ASKED,
        ("iam:GetRole was refused",),
        {"iam.GetRole": DENIED},
    ),
]
