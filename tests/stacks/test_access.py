"""Who gets into an API whose callers sign, judged as API Gateway does: identity policy and resource policy together.

In one account either policy lets a caller in, and a denial in either keeps them out; a caller of another account needs
both (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
"""

import json

import pytest

from review.iam import Policies, Principal, Request, Verdict, decide, read
from tests.stacks.assembly import Assembly, Json, one
from tests.stacks.deployments import ACCOUNT

_ROLE = f"arn:aws:iam::{ACCOUNT}:role"
_SSO = f"{_ROLE}/aws-reserved/sso.amazonaws.com"
OTHER = "444455556666"
DOOR = "vpce-0123456789abcdef0"


@pytest.fixture
def policy(pinned: Assembly) -> list[Json]:
    """The resource policy of the team whose callers sign."""
    statements: list[Json] = one(pinned.templates["Cloister-Team-beacon"], "AWS::ApiGateway::RestApi")["Policy"][
        "Statement"
    ]
    return statements


def gets_in(policy: list[Json], principal: str | None, *, has_the_right: bool, door: str = DOOR) -> bool:
    """Return whether a principal gets in, with the right to invoke in its own policy or without."""
    endpoint = json.dumps(policy[0]["Condition"]["StringEquals"]["aws:SourceVpce"])
    known = json.loads(json.dumps(policy).replace(endpoint, json.dumps(DOOR)))
    api = f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:a1b2c3d4e5"
    for statement in known:  # API Gateway completes what is written short
        statement["Resource"] = statement["Resource"].replace("execute-api:", api)
    request = Request(
        Principal.parse(principal or "anonymous"),
        "execute-api:Invoke",
        f"{api}/v1/POST/chat/completions",
        {"aws:SourceVpce": (door,)},
    )
    own = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}}
    resource = read({"Version": "2012-10-17", "Statement": known}, "resource policy")
    decision = decide(request, Policies(identity=[read(own, "own policy")] if has_the_right else [], resource=resource))
    assert decision.verdict is not Verdict.UNSUPPORTED, decision.why
    return decision.verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    "principal",
    [f"{_ROLE}/beacon-service", f"{_SSO}/AWSReservedSSO_BeaconDesk_0123456789abcdef",
     f"{_SSO}/eu-west-1/AWSReservedSSO_BeaconDesk_fedcba9876543210"],
)  # fmt: skip
def test_a_caller_of_the_list_gets_in_with_or_without_a_right_of_its_own(policy: list[Json], principal: str) -> None:
    assert gets_in(policy, principal, has_the_right=False)
    assert gets_in(policy, principal, has_the_right=True)
    assert not gets_in(policy, principal, has_the_right=True, door="vpce-elsewhere")


def test_a_caller_of_another_account_needs_the_right_there_as_well(policy: list[Json]) -> None:
    partner = f"arn:aws:iam::{OTHER}:role/partners/beacon"
    assert gets_in(policy, partner, has_the_right=True)
    assert not gets_in(policy, partner, has_the_right=False)


@pytest.mark.parametrize(
    "principal",
    [
        f"{_ROLE}/Administrator",
        f"{_ROLE}/platform",
        f"{_ROLE}/atlas-developer",
        f"{_ROLE}/beacon-service-2",
        f"{_ROLE}/other/beacon-service",
        f"{_ROLE}/AWSReservedSSO_BeaconDesk_0123456789abcdef",
        f"{_SSO}/AWSReservedSSO_BeaconDesk_Admin_0123456789abcdef",
        f"{_SSO}/eu-west-1/AWSReservedSSO_Other_0123456789abcdef",
        f"arn:aws:iam::{ACCOUNT}:user/beacon-service",
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{OTHER}:role/beacon-service",
        f"arn:aws:iam::{OTHER}:role/partners/other",
        f"arn:aws:iam::{OTHER}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_BeaconDesk_0123456789abcdef",
        None,
    ],
)
def test_nobody_else_gets_in_whatever_right_they_have(policy: list[Json], principal: str | None) -> None:
    assert not gets_in(policy, principal, has_the_right=True)


def test_signing_callers_are_named_in_the_resource_policy(iam_team: Json) -> None:
    assert one(iam_team, "AWS::ApiGateway::Method")["AuthorizationType"] == "AWS_IAM"
    allow, sets, others, deny = one(iam_team, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    vpce = allow["Condition"]["StringEquals"]["aws:SourceVpce"]
    assert "ExecuteApiEndpoint" in vpce["Fn::ImportValue"]
    partner = "arn:aws:iam::444455556666:role/partners/beacon"
    own = {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, ":role/beacon-service"]]}
    reserved = ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_BeaconDesk_????????????????"
    of_set = {"Fn::Join": ["", ["arn:aws:iam::", {"Ref": "AWS::AccountId"}, reserved]]}
    assert allow["Principal"] == {"AWS": [partner, own]}
    assert (allow["Action"], allow["Resource"]) == ("execute-api:Invoke", "execute-api:/v1/*")
    assert sets["Principal"] == "*"
    assert sets["Condition"] == {
        "StringEquals": {"aws:SourceVpce": vpce},
        "ArnLike": {"aws:PrincipalArn": [of_set]},
    }
    assert (others["Effect"], others["Principal"], others["Resource"]) == ("Deny", "*", "execute-api:/*")
    assert others["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [own, partner, of_set]}}
    assert deny == {
        "Sid": "NothingElse",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": vpce}},
    }


def test_callers_without_an_arn_are_roles_of_the_pinned_account(pinned: Assembly) -> None:
    template = pinned.templates["Cloister-Team-beacon"]
    allow, *_ = one(template, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    partner = "arn:aws:iam::444455556666:role/partners/beacon"
    assert allow["Principal"] == {"AWS": ["arn:aws:iam::111122223333:role/beacon-service", partner]}
