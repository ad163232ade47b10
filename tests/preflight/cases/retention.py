"""Data retention of the Projects."""

from __future__ import annotations

from preflight.looks import retention
from tests.preflight.cases.common import (
    ATLAS,
    GIVEN,
    NOT_ASKED,
    OK,
    PROJECT,
    STOPS,
    WARNING,
    Case,
    deployed,
)

NAMED = {"project": "proj_atlas"}

CASES: list[Case] = [
    Case(
        "a Project that keeps",
        retention.LOOK,
        "project-retention",
        WARNING,
        ("'default'", "make retention"),
        deployed(ATLAS),
        {PROJECT: (200, {"data_retention": {"mode": "default"}})},
    ),
    Case("a Project that keeps nothing", retention.LOOK, "project-retention", OK, ("'none'",), deployed(ATLAS), GIVEN),
    Case(
        "a Project that inherits",
        retention.LOOK,
        "project-retention",
        WARNING,
        ("'aws_review'",),
        deployed(ATLAS),
        {
            PROJECT: (200, {"data_retention": {"mode": "inherit"}}),
            ("GET", "/v1/data_retention"): (200, {"mode": "aws_review"}),
        },
    ),
    Case(
        "a Project of another shape",
        retention.LOOK,
        "project-retention",
        NOT_ASKED,
        ("without a known 'data_retention.mode'",),
        deployed(ATLAS),
        {PROJECT: (200, {"retention": "none"})},
    ),
    Case(
        "an account of another shape",
        retention.LOOK,
        "project-retention",
        NOT_ASKED,
        ("GetAccountDataRetention",),
        deployed(ATLAS),
        {PROJECT: (200, {"data_retention": {"mode": "inherit"}}), ("GET", "/v1/data_retention"): (200, [])},
    ),
    Case(
        "a Project that is refused",
        retention.LOOK,
        "project-retention",
        NOT_ASKED,
        ("bedrock-mantle:GetProject was refused",),
        deployed(ATLAS),
        {PROJECT: (403, None)},
    ),
    Case(
        "a Project that is gone",
        retention.LOOK,
        "project-exists",
        STOPS,
        ("proj_atlas",),
        deployed(ATLAS),
        {PROJECT: (404, {"error": {"code": "not_found"}})},
    ),
    Case(
        "a Project that keeps, where it must not",
        retention.LOOK,
        "project-retention",
        STOPS,
        ("'default'", "503"),
        deployed(ATLAS),
        {PROJECT: (200, {"data_retention": {"mode": "default"}})},
        deployment={"beyond": {"retention": "required"}},
    ),
    Case(
        "a Project that a file names", retention.LOOK, "project-retention", OK, ("proj_atlas",), {}, GIVEN, team=NAMED
    ),
    Case(
        "a Project that a file names, and is not there",
        retention.LOOK,
        "project-exists",
        STOPS,
        ("proj_atlas", "teams/atlas.yaml"),
        {},
        {PROJECT: (404, {"error": {"code": "not_found"}})},
        team=NAMED,
    ),
]
