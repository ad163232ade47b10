"""What is left under the deployment's names."""

from __future__ import annotations

from preflight.looks import leftovers
from tests.preflight.cases.common import (
    GUARDRAIL,
    NOT_ASKED,
    OK,
    STOPS,
    Case,
    deployed,
    guardrails,
)
from tests.preflight.recorded import (
    DENIED,
    REGION,
    Refused,
)

CASES: list[Case] = [
    Case(
        "a guardrail that is left",
        leftovers.LOOK,
        "name-is-free",
        STOPS,
        ("delete-guardrail --guardrail-identifier a1b2c3",),
        guardrails(0),
    ),
    Case(
        "the stack's own guardrail",
        leftovers.LOOK,
        "name-is-free",
        OK,
        ("its stack's own",),
        {**guardrails(1), **deployed(GUARDRAIL)},
    ),
    Case(
        "another guardrail", leftovers.LOOK, "name-is-free", OK, ("no guardrail has the name",), guardrails(0, "other")
    ),
    Case(
        "a trail that is left",
        leftovers.LOOK,
        "name-is-free",
        STOPS,
        ("delete-trail --name Cloister-data-events",),
        {"cloudtrail.DescribeTrails": {"trailList": [{"Name": "Cloister-data-events", "HomeRegion": REGION}]}},
    ),
    Case(
        "a trail of the name in another Region",
        leftovers.LOOK,
        "name-is-free",
        OK,
        ("no trail has the name",),
        {"cloudtrail.DescribeTrails": {"trailList": [{"Name": "Cloister-data-events", "HomeRegion": "eu-west-1"}]}},
    ),
    Case(
        "an alias that is left",
        leftovers.LOOK,
        "name-is-free",
        STOPS,
        ("alias/cloister/evidence", "delete-alias", "The key stays"),
        {"kms.ListAliases": {"Aliases": [{"AliasName": "alias/cloister/evidence", "TargetKeyId": "k"}]}},
    ),
    Case(
        "an alias of the stack's",
        leftovers.LOOK,
        "name-is-free",
        OK,
        ("alias/cloister/evidence",),
        {"kms.ListAliases": {"Aliases": [{"AliasName": "alias/cloister/evidence"}]}, **deployed("Cloister-Audit")},
    ),
    Case(
        "a log policy that is left",
        leftovers.LOOK,
        "name-is-free",
        STOPS,
        ("delete-resource-policy --policy-name Cloister-queries",),
        {"logs.DescribeResourcePolicies": {"resourcePolicies": [{"policyName": "Cloister-queries"}]}},
    ),
    Case(
        "a function that is left",
        leftovers.LOOK,
        "name-is-free",
        STOPS,
        ("delete-function --function-name Cloister-Team-atlas-Authorizer",),
        {
            "lambda.GetFunctionConcurrency": lambda asked: (
                {} if asked["FunctionName"].endswith("Authorizer") else Refused("ResourceNotFoundException", 404)
            )
        },
    ),
    Case(
        "keys that cannot be asked about",
        leftovers.LOOK,
        "name-is-free",
        NOT_ASKED,
        ("kms:ListAliases was refused", "docs/preflight-policy.json"),
        {"kms.ListAliases": DENIED},
    ),
]
