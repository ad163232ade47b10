"""Who is let in, who is known and kept out, and what is written down of both."""

import pytest
from botocore.credentials import Credentials

from tests.lambdas.authorizer.conftest import ACCOUNT, API, DEVELOPER, PRINCIPAL, REGION, STRANGER, Api
from tests.lambdas.authorizer.security_token_service import HOST, reply

RESOURCE = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/v1/*"


def is_denied(api: Api, reason: str, principal: str) -> bool:
    """Whether the developer's token is answered with a Deny, for a reason."""
    answer = api.call(api.token())
    last = api.logged[-1]
    return (
        answer["policyDocument"]["Statement"]
        == [{"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": RESOURCE}]
        and answer["principalId"] == principal
        and (last["decision"], last["reason"], last["principal"]) == ("deny", reason, principal)
    )


def test_a_named_role_is_let_in(api: Api) -> None:
    assert api.call(api.token()) == {
        "principalId": PRINCIPAL,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": RESOURCE}],
        },
        "context": {"principal": PRINCIPAL},
    }


def test_aws_sts_is_asked_once_and_told_which_api_is_called(api: Api) -> None:
    api.call(api.token())
    assert api.called == [(HOST, 443)]
    [(target, headers)] = api.service.requests
    assert target.startswith("/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert headers == {
        "host": HOST, "accept-encoding": "identity", "accept": "application/json", "x-cloister-api": API,
    }  # fmt: skip


def test_one_line_is_logged_and_no_secret_in_it(api: Api) -> None:
    api.call(api.token())
    [line] = api.logged
    assert line.pop("time").endswith("Z")
    assert line == {
        "record": "authorization",
        "version": 1,
        "request_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "team": "atlas",
        "decision": "allow",
        "reason": "caller",
        "principal": PRINCIPAL,
    }


@pytest.mark.parametrize(
    "caller",
    [
        f"arn:aws:iam::{ACCOUNT}:role/atlas-developer",
        f"arn:aws:iam::{ACCOUNT}:role/teams/atlas/atlas-developer",  # a session's ARN drops the path
        f"arn:aws:iam::{ACCOUNT}:role/other,arn:aws:iam::{ACCOUNT}:role/atlas-developer",
    ],
)
def test_the_team_names_roles_with_or_without_a_path(api: Api, monkeypatch: pytest.MonkeyPatch, caller: str) -> None:
    monkeypatch.setenv("CLOISTER_CALLERS", caller)
    assert api.call(api.token())["policyDocument"]["Statement"][0]["Effect"] == "Allow"


@pytest.mark.parametrize(
    "callers",
    [
        "",
        ",",
        "*",
        f"arn:aws:iam::{ACCOUNT}:role/*",
        f"arn:aws:iam::{ACCOUNT}:role/atlas",
        f"arn:aws:iam::{ACCOUNT}:role/atlas-developer2",
        f"arn:aws:iam::{ACCOUNT}:role/Atlas-Developer",
        f"arn:aws:iam::{ACCOUNT}:role/atlas-developer/other",
        f"arn:aws:iam::{ACCOUNT}:user/atlas-developer",
        f"arn:aws:iam::{ACCOUNT}:root",
        "arn:aws:iam::210987654321:role/atlas-developer",
        f"arn:aws-us-gov:iam::{ACCOUNT}:role/atlas-developer",
        PRINCIPAL,
        "atlas-developer",
    ],
)
def test_a_principal_that_the_teams_file_does_not_name_is_denied(
    api: Api, monkeypatch: pytest.MonkeyPatch, callers: str
) -> None:
    monkeypatch.setenv("CLOISTER_CALLERS", callers)
    assert is_denied(api, "not_a_caller", PRINCIPAL)


SET = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Dev_????????????????"


@pytest.mark.parametrize(
    ("role", "account", "is_let_in"),
    [
        ("AWSReservedSSO_Dev_0123456789abcdef", ACCOUNT, True),
        ("AWSReservedSSO_Dev_Admin_0123456789abcdef", ACCOUNT, False),
        ("AWSReservedSSO_Dev_0123456789abcde", ACCOUNT, False),
        ("AWSReservedSSO_Dev_0123456789abcdefa", ACCOUNT, False),
        ("AWSReservedSSO_Dev_????????????????", ACCOUNT, False),
        ("XAWSReservedSSO_Dev_0123456789abcdef", ACCOUNT, False),
        ("AWSReservedSSO_Dev_0123456789abcdef", "210987654321", False),
    ],
)
def test_a_permission_set_is_its_own_role_and_no_other(
    api: Api, monkeypatch: pytest.MonkeyPatch, role: str, account: str, is_let_in: bool
) -> None:
    monkeypatch.setenv("CLOISTER_CALLERS", SET)
    api.service.knows(DEVELOPER, f"arn:aws:sts::{account}:assumed-role/{role}/ann")
    [statement] = api.call(api.token())["policyDocument"]["Statement"]
    assert statement["Effect"] == ("Allow" if is_let_in else "Deny")


def test_another_role_of_the_account_is_denied(api: Api) -> None:
    answer = api.call(api.token(STRANGER))
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert api.logged[-1]["principal"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/stranger/eve"


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:sts::210987654321:assumed-role/atlas-developer/ann", "other_account"),
        (f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/atlas-developer/ann", "other_account"),
        (f"arn:aws:iam::{ACCOUNT}:user/atlas-developer", "not_a_role"),
        (f"arn:aws:iam::{ACCOUNT}:root", "not_a_role"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/atlas-developer", "not_a_role"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/atlas-developer", "not_a_role"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/atlas-developer/ann/more", "not_a_role"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/atlas-developer/ann\n", "not_a_role"),
    ],
)
def test_anything_but_a_role_of_this_account_is_denied(api: Api, arn: str, reason: str) -> None:
    api.service.knows(DEVELOPER, arn)
    assert is_denied(api, reason, arn)


@pytest.mark.parametrize("account", ["210987654321", "", "12345678901"])
def test_an_identity_that_is_at_odds_with_itself_is_denied(api: Api, account: str) -> None:
    result = {"Arn": PRINCIPAL, "Account": account}
    body = {"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}}
    api.service.answer = lambda request: reply(request, 200, body)
    assert is_denied(api, "other_account", PRINCIPAL)


def test_the_account_is_the_functions_own(api: Api) -> None:
    answer = api.ask(api.event(f"Bearer {api.token()}"), f"arn:aws:lambda:{REGION}:210987654321:function:a:live")
    [statement] = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Resource"].startswith(f"arn:aws:execute-api:{REGION}:210987654321:{API}/v1/")


def test_the_policy_names_the_api_that_was_called_and_no_other(api: Api) -> None:
    token = api.token(api_id="zzzzzzzzzz")
    answer = api.call(token, requestContext={"apiId": "zzzzzzzzzz", "requestId": "1"}, methodArn="arn:aws:anything")
    assert answer["policyDocument"]["Statement"][0]["Resource"] == RESOURCE.replace(API, "zzzzzzzzzz")


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION"])
def test_a_headers_name_has_any_case(api: Api, name: str) -> None:
    value = f"bearer {api.token()}"
    assert api.ask(api.event("", headers={name: value}, multiValueHeaders={name: [value]}))["principalId"] == PRINCIPAL
    assert api.ask(api.event("", headers={name: value}, multiValueHeaders=None))["principalId"] == PRINCIPAL


def test_govcloud_has_its_own_partition(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOISTER_CALLERS", f"arn:aws-us-gov:iam::{ACCOUNT}:role/atlas-developer")
    api.service.knows(DEVELOPER, f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/atlas-developer/ann")
    answer = api.ask(api.event(f"Bearer {api.token()}"), f"arn:aws-us-gov:lambda:us-gov-west-1:{ACCOUNT}:function:a")
    [statement] = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == f"arn:aws-us-gov:execute-api:us-gov-west-1:{ACCOUNT}:{API}/v1/*"


def test_a_long_session_token_is_taken(api: Api) -> None:
    long = Credentials("ASIALONG000000000000", "secret", "Fwo" + "aB3/" * 500 + "==")
    api.service.knows(long, PRINCIPAL)
    assert api.call(api.token(long))["principalId"] == PRINCIPAL
