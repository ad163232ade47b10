"""What is decided where several policies meet, as AWS documents it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from typing import Any

import pytest

from tests.review.iam.cases import (
    ACCOUNT,
    ANN,
    KEY,
    OBJECT,
    OTHER,
    READER,
    ROLE,
    ROOT,
    SESSION,
    allow,
    deny,
    policy,
    verdict,
)

YES, NO, NEVER = "allowed", "implicitly-denied", "explicitly-denied"
FAR = {"resource": OBJECT, "accountId": OTHER}
NOTHING = allow("ec2:*")


def to(principal: Any, **more: Any) -> Any:
    """Return a resource's policy that allows a principal."""
    return allow(Principal=principal if principal == "*" else {"AWS": principal}, **more)


@pytest.mark.parametrize(
    ("expected", "policies"),
    [
        (NO, {}),
        (YES, {"identityPolicies": [allow()]}),
        (NEVER, {"identityPolicies": [allow(), deny()]}),
        (NO, {"identityPolicies": [NOTHING]}),
        # A boundary limits, and gives nothing.
        (YES, {"identityPolicies": [allow()], "permissionBoundaryPolicies": [allow("s3:*")]}),
        (NO, {"identityPolicies": [allow()], "permissionBoundaryPolicies": [NOTHING]}),
        (NO, {"permissionBoundaryPolicies": [allow("*")]}),
        (NEVER, {"identityPolicies": [allow()], "permissionBoundaryPolicies": [deny()]}),
        # So does an organisation, at every level.
        (YES, {"identityPolicies": [allow()], "serviceControlPolicies": [allow("*")]}),
        (NO, {"identityPolicies": [allow()], "serviceControlPolicies": [deny("ec2:*")]}),
        (NO, {"serviceControlPolicies": [allow("*")]}),
        (NO, {"identityPolicies": [allow()], "serviceControlPolicies": [[allow("*")], [NOTHING]]}),
        (YES, {"identityPolicies": [allow()], "serviceControlPolicies": [[allow("*")], [NOTHING, allow("s3:*")]]}),
        (NEVER, {"identityPolicies": [allow()], "serviceControlPolicies": [[allow("*")], [allow("*"), deny()]]}),
        # A resource control policy can only deny: the one that allows is always there.
        (YES, {"identityPolicies": [allow()], "resourceControlPolicies": [{"policies": []}]}),
        (NEVER, {"identityPolicies": [allow()], "resourceControlPolicies": [deny(Principal="*")]}),
        # An endpoint's policy lets through.
        (YES, {"identityPolicies": [allow()], "endpointPolicy": to("*")}),
        (NO, {"identityPolicies": [allow()], "endpointPolicy": allow("s3:PutObject", Principal="*")}),
        (NEVER, {"identityPolicies": [allow()], "endpointPolicy": deny(Principal="*")}),
        (NO, {"endpointPolicy": to("*")}),
        # Session policies limit as boundaries do.
        (NO, {"identityPolicies": [allow()], "sessionPolicy": NOTHING}),
        # The resource's policy, of the same account: it gives to a user, and only gives on to an account.
        (YES, {"resourcePolicy": to(ANN)}),
        (YES, {"resourcePolicy": to("*")}),
        (NO, {"resourcePolicy": to(ROOT)}),
        (NO, {"resourcePolicy": to(ACCOUNT)}),
        (YES, {"resourcePolicy": to(ROOT), "identityPolicies": [allow()]}),
        (YES, {"resourcePolicy": to(READER), "identityPolicies": [allow()]}),
        (NEVER, {"resourcePolicy": deny(Principal={"AWS": ROOT}), "identityPolicies": [allow()]}),
        (YES, {"resourcePolicy": to(ANN), "permissionBoundaryPolicies": [NOTHING]}),
        (NEVER, {"resourcePolicy": to(ANN), "permissionBoundaryPolicies": [deny()]}),
        (NO, {"resourcePolicy": to(ANN), "serviceControlPolicies": [NOTHING]}),
    ],
)
def test_in_one_account(expected: str, policies: Any) -> None:
    assert verdict(**policies) == expected


@pytest.mark.parametrize(
    ("expected", "policies"),
    [
        (NO, {"identityPolicies": [allow()]}),
        (NO, {"resourcePolicy": to(ANN)}),
        (YES, {"resourcePolicy": to(ANN), "identityPolicies": [allow()]}),
        (YES, {"resourcePolicy": to(ROOT), "identityPolicies": [allow()]}),
        (YES, {"resourcePolicy": to("*"), "identityPolicies": [allow()]}),
        (NO, {"resourcePolicy": to(ANN), "identityPolicies": [allow()], "permissionBoundaryPolicies": [NOTHING]}),
        (NO, {"resourcePolicy": to(ANN), "identityPolicies": [allow()], "serviceControlPolicies": [NOTHING]}),
        (NEVER, {"resourcePolicy": deny(Principal="*"), "identityPolicies": [allow()]}),
    ],
)
def test_between_accounts_both_have_to_allow(expected: str, policies: Any) -> None:
    assert verdict(resource=FAR, **policies) == expected


@pytest.mark.parametrize(
    ("expected", "principal", "named"),
    [
        (NO, SESSION, READER),  # what is given to the role is within its boundary,
        (NO, ROLE, READER),
        (YES, SESSION, SESSION),  # what is given to the session itself is not
        (YES, SESSION, "*"),
        (NO, SESSION, SESSION.replace("tour", "other")),
        (NO, SESSION, READER.replace("reader", "writer")),
    ],
)
def test_a_boundary_limits_what_is_given_to_a_role(expected: str, principal: str, named: str) -> None:
    assert verdict(principal, resourcePolicy=to(named), permissionBoundaryPolicies=[NOTHING]) == expected


def test_a_sessions_role_is_known_by_its_name_whatever_its_path() -> None:
    assert verdict(SESSION, resourcePolicy=to(f"arn:aws:iam::{ACCOUNT}:role/deep/path/reader")) == YES
    assert verdict(SESSION, resourcePolicy=to(f"arn:aws:iam::{OTHER}:role/reader")) == NO


@pytest.mark.parametrize(
    ("expected", "principal", "named"),
    [
        (YES, "lambda.amazonaws.com", {"Service": "lambda.amazonaws.com"}),
        (NO, "lambda.amazonaws.com", {"Service": ["logs.amazonaws.com"]}),
        (NO, "lambda.amazonaws.com", {"AWS": ROOT}),
        (YES, "lambda.amazonaws.com", "*"),
        (YES, "anonymous", "*"),
        (YES, {"type": "Anonymous"}, {"AWS": "*"}),
        (NO, "anonymous", {"AWS": ANN}),
    ],
)
def test_who_is_of_no_account_has_what_the_resource_gives(expected: str, principal: Any, named: Any) -> None:
    # Neither an SCP nor an identity policy is about them.
    for more in ({}, {"serviceControlPolicies": [deny("*")]}, {"identityPolicies": [deny("*")]}):
        assert verdict(principal, resourcePolicy=allow(Principal=named), **more) == expected


@pytest.mark.parametrize(
    ("expected", "policies"),
    [
        (NO, {"identityPolicies": [allow("kms:*")]}),
        (NO, {"resourcePolicy": allow("kms:*", Principal={"AWS": ROOT})}),
        (YES, {"resourcePolicy": allow("kms:*", Principal={"AWS": ROOT}), "identityPolicies": [allow("kms:*")]}),
        (YES, {"resourcePolicy": allow("kms:*", Principal={"AWS": ANN})}),
    ],
)
def test_a_key_is_used_only_if_its_policy_lets(expected: str, policies: Any) -> None:
    assert verdict(action="kms:Decrypt", resource=KEY, **policies) == expected


def test_what_is_about_no_key_needs_no_key_policy() -> None:
    mine = {"identityPolicies": [allow("kms:*")]}
    assert verdict(action="kms:ListKeys", resource="*", **mine) == YES
    assert verdict(action="kms:DeleteAlias", resource=KEY.replace("key/1", "alias/mine"), **mine) == YES
    assert verdict(action="kms:DeleteAlias", resource=KEY.replace("key/1", "alias/aws/s3"), **mine) == NO


def test_a_role_is_taken_on_only_if_its_trust_policy_lets() -> None:
    take = {"action": "sts:AssumeRole", "resource": READER}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    assert verdict(**take, identityPolicies=[allow("sts:*")]) == NO
    assert verdict(**take, resourcePolicy=policy({**trust, "Principal": {"AWS": ANN}})) == YES
    to_account = policy({**trust, "Principal": {"AWS": ROOT}})
    assert verdict(**take, resourcePolicy=to_account) == NO
    assert verdict(**take, resourcePolicy=to_account, identityPolicies=[allow("sts:*")]) == YES
    to_lambda = policy({**trust, "Principal": {"Service": "lambda.amazonaws.com"}})
    assert verdict("lambda.amazonaws.com", **take, resourcePolicy=to_lambda) == YES
    claims = policy(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "pool"}},
        }
    )
    web = {"action": "sts:AssumeRoleWithWebIdentity", "resource": READER, "resourcePolicy": claims}
    assert (
        verdict("cognito-identity.amazonaws.com", context={"cognito-identity.amazonaws.com:aud": "pool"}, **web) == YES
    )
    assert verdict("cognito-identity.amazonaws.com", **web) == NO


def test_who_one_is_may_always_be_asked() -> None:
    who = {"action": "sts:GetCallerIdentity", "resource": "*"}
    assert verdict(**who) == YES
    assert verdict(**who, identityPolicies=[deny("*")]) == YES
    assert verdict(**who, endpointPolicy=deny("*", Principal="*")).startswith("unsupported: ")


def test_what_belongs_to_aws_is_read_and_not_changed() -> None:
    mine = {"identityPolicies": [allow("iam:*")]}
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    reserved = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"
    assert verdict(action="iam:GetPolicy", resource=managed, **mine) == YES
    assert verdict(action="iam:DeletePolicy", resource=managed, **mine) == NO
    assert verdict(action="iam:GetRole", resource=reserved, **mine) == YES
    assert verdict(action="iam:PutRolePolicy", resource=reserved, **mine) == NO
    assert verdict(action="iam:PassRole", resource=reserved, **mine).startswith("unsupported: ")


def test_an_accounts_root_user_is_limited_by_denials_alone() -> None:
    assert verdict(ROOT) == YES
    assert verdict(ROOT, serviceControlPolicies=[allow("*"), deny()]) == NEVER
    assert verdict(ROOT, serviceControlPolicies=[NOTHING]) == NO
    assert verdict(ROOT, resourcePolicy=deny(Principal={"AWS": ROOT})) == NEVER
    assert verdict(ROOT, action="kms:Decrypt", resource=KEY).startswith("unsupported: ")


def test_control_policies_are_not_for_service_linked_roles() -> None:
    linked = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    assert verdict(linked, identityPolicies=[allow()], serviceControlPolicies=[deny("*")]) == YES


def test_who_is_excepted_by_name() -> None:
    others = {"NotPrincipal": {"AWS": [ANN]}}
    assert verdict(resourcePolicy=allow(**others)) == NO
    assert verdict("anonymous", resourcePolicy=allow(**others)) == YES
    all_three = {"NotPrincipal": {"AWS": [SESSION, READER, ROOT]}}
    mine = {"identityPolicies": [allow()]}
    assert verdict(SESSION, **mine, resourcePolicy=deny(**all_three)) == YES
    assert verdict(ANN, **mine, resourcePolicy=deny(NotPrincipal={"AWS": f"arn:aws:iam::{OTHER}:root"})) == NEVER
    in_part = {"NotPrincipal": {"AWS": [READER]}}
    assert verdict(SESSION, **mine, resourcePolicy=deny(**in_part)).startswith("unsupported: ")
    bounded = {**mine, "permissionBoundaryPolicies": [allow("*")]}
    assert verdict(SESSION, **bounded, resourcePolicy=deny(**all_three)) == NEVER, "a boundary undoes every exception"
