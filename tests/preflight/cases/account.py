"""The account itself: whose it is, how it is bootstrapped, and what all deployments in it share."""

from __future__ import annotations

from preflight.looks import alarms, bootstrap, concurrency, gateway, identity, organization
from tests.preflight.cases.common import (
    NOT_ASKED,
    OK,
    STOPS,
    WARNING,
    Case,
)
from tests.preflight.recorded import (
    ACCOUNT,
    Refused,
)

CASES: list[Case] = [
    Case(
        "nobody is told",
        alarms.LOOK,
        "alarms",
        WARNING,
        ("Cloister-alarms", "'email' under 'alarms'"),
        deployment={"alarms": {}},
    ),
    Case("somebody is told", alarms.LOOK, "alarms", OK, ("1 address",)),
    Case(
        "signed in elsewhere",
        identity.LOOK,
        "identity",
        STOPS,
        ("999900001111", 'account: "111122223333"'),
        deployment={"account": "999900001111"},
    ),
    Case("signed in right", identity.LOOK, "identity", OK, (ACCOUNT,), deployment={"account": ACCOUNT}),
    Case(
        "not signed in",
        identity.LOOK,
        "identity",
        NOT_ASKED,
        answers={"sts.GetCallerIdentity": Refused("ExpiredToken", 403)},
    ),
    Case(
        "not bootstrapped",
        bootstrap.LOOK,
        "bootstrap",
        STOPS,
        ("cdk bootstrap aws://111122223333/us-east-1",),
        {"ssm.GetParameter": Refused("ParameterNotFound")},
    ),
    Case(
        "an old bootstrap",
        bootstrap.LOOK,
        "bootstrap",
        STOPS,
        ("version 5",),
        {"ssm.GetParameter": {"Parameter": {"Value": "5"}}},
    ),
    Case(
        "a bootstrap of another kind",
        bootstrap.LOOK,
        "bootstrap",
        STOPS,
        (),
        {"ssm.GetParameter": {"Parameter": {"Value": "new"}}},
    ),
    Case("bootstrapped", bootstrap.LOOK, "bootstrap", OK, ("version 28",)),
    Case(
        "no deploying role",
        bootstrap.LOOK,
        "deploying-role",
        STOPS,
        ("cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1",),
        {"iam.ListAttachedRolePolicies": Refused("NoSuchEntity", 404)},
    ),
    Case("administrator", bootstrap.LOOK, "deploying-role", OK, ("AdministratorAccess",)),
    Case(
        "a policy of the company's that is too narrow",
        bootstrap.LOOK,
        "deploying-role",
        WARNING,
        ("denies it kms:CreateKey", "--cloudformation-execution-policies"),
        {
            "iam.ListAttachedRolePolicies": {
                "AttachedPolicies": [{"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Deploy"}]
            },
            "iam.SimulatePrincipalPolicy": {
                "EvaluationResults": [
                    {"EvalActionName": "kms:CreateKey", "EvalDecision": "explicitDeny"},
                    {"EvalActionName": "s3:CreateBucket", "EvalDecision": "allowed"},
                ]
            },
        },
    ),
    Case(
        "a policy of the company's that does",
        bootstrap.LOOK,
        "deploying-role",
        OK,
        ("Deploy",),
        {
            "iam.ListAttachedRolePolicies": {
                "AttachedPolicies": [{"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/Deploy"}]
            },
            "iam.SimulatePrincipalPolicy": {
                "EvaluationResults": [{"EvalActionName": "kms:CreateKey", "EvalDecision": "allowed"}]
            },
        },
    ),
    Case(
        "another organisation",
        organization.LOOK,
        "organization",
        STOPS,
        ("o-a1b2c3d4e5", "o-zzzzzzzzzz"),
        deployment={"organization": "o-zzzzzzzzzz"},
    ),
    Case(
        "no organisation",
        organization.LOOK,
        "organization",
        STOPS,
        ("is none", "leave 'organization' out"),
        {"organizations.DescribeOrganization": Refused("AWSOrganizationsNotInUseException")},
        deployment={"organization": "o-zzzzzzzzzz"},
    ),
    Case(
        "the organisation",
        organization.LOOK,
        "organization",
        OK,
        ("is in it",),
        deployment={"organization": "o-a1b2c3d4e5"},
    ),
    Case("no role of API Gateway", gateway.LOOK, "api-gateway-role", OK, ("no role yet",)),
    Case(
        "the deployment's role of API Gateway",
        gateway.LOOK,
        "api-gateway-role",
        OK,
        ("own",),
        {
            "apigateway.GetAccount": {
                "cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Cloister-Audit-ApiGatewayLoggingRole0A"
            }
        },
    ),
    Case(
        "somebody's role of API Gateway",
        gateway.LOOK,
        "api-gateway-role",
        WARNING,
        ("role/apigw", "api_gateway_role: elsewhere"),
        {"apigateway.GetAccount": {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/apigw"}},
    ),
    Case(
        "a new account",
        concurrency.LOOK,
        "concurrency",
        WARNING,
        ("10 of 10", "L-B99A9384"),
        {
            "lambda.GetAccountSettings": {
                "AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
            }
        },
    ),
    Case("an old account", concurrency.LOOK, "concurrency", OK, ("1000 of 1000",)),
    Case(
        "somebody's role that is left in place",
        gateway.LOOK,
        "api-gateway-role",
        OK,
        ("leaves it in place",),
        {"apigateway.GetAccount": {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/apigw"}},
        deployment={"beyond": {"audit": {"api_gateway_role": "elsewhere"}}},
    ),
    Case(
        "nobody's role that is left in place",
        gateway.LOOK,
        "api-gateway-role",
        STOPS,
        ("there is no role", "update-account"),
        deployment={"beyond": {"audit": {"api_gateway_role": "elsewhere"}}},
    ),
]
