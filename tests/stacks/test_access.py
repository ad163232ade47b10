"""Who gets into an API whose callers sign, judged as API Gateway does: identity policy and resource policy together.

In one account either policy lets a caller in, and a denial in either keeps them out; a caller of another account needs
both (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
"""

import pytest

from tests.stacks.assembly import Assembly, Json, listed, one
from tests.stacks.deployments import ACCOUNT
from tests.stacks.policies.evaluate import Request, allowed, denials

_ROLE = f"arn:aws:iam::{ACCOUNT}:role"
_SSO = f"{_ROLE}/aws-reserved/sso.amazonaws.com"
OTHER = "444455556666"


@pytest.fixture
def policy(pinned: Assembly) -> list[Json]:
    """The resource policy of the team whose callers sign."""
    statements: list[Json] = one(pinned.templates["Cloister-Team-beacon"], "AWS::ApiGateway::RestApi")["Policy"][
        "Statement"
    ]
    return statements


def gets_in(policy: list[Json], principal: str | None, *, has_the_right: bool, door: Json = None) -> bool:
    """Return whether a principal gets in, with the right to invoke in its own policy or without."""
    context = {} if principal is None else {"aws:PrincipalArn": principal}
    endpoint = policy[0]["Condition"]["StringEquals"]["aws:SourceVpce"] if door is None else door
    context["aws:SourceVpce"] = endpoint
    request = Request("execute-api:Invoke", "execute-api:/v1/POST/chat/completions", context)
    if denials(policy, request):
        return False
    about = [s for s in policy if s["Effect"] == "Allow" and _is_about(s["Principal"], principal)]
    if principal is not None and principal.split(":")[4] == ACCOUNT:
        return has_the_right or allowed(about, request)
    return has_the_right and allowed(about, request)


def _is_about(principals: Json, principal: str | None) -> bool:
    return principals == "*" or principal in listed(principals["AWS"])


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
