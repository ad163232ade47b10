"""What cannot be decided for sure is said to be unsupported, and only where it would decide something."""

from typing import Any

import pytest

from review.commands.decide import of
from review.iam.truth import Doubt, every, negation, some
from tests.review.iam.cases import ACCOUNT, ANN, OBJECT, READER, SESSION, allow, deny, policy, verdict


def unsupported(text: str) -> str:
    assert text.startswith("unsupported: ")
    return text.removeprefix("unsupported: ")


@pytest.mark.parametrize(
    ("why", "case"),
    [
        ("names principals, which an identity policy does not", {"identityPolicies": [allow(Principal="*")]}),
        ("names no principals, which a resource policy has to", {"resourcePolicy": allow()}),
        ("names no principals, which an endpoint", {"endpointPolicy": allow(), "identityPolicies": [allow()]}),
        ("has an element 'Conditions'", {"identityPolicies": [allow(Conditions={})]}),
        ("has no service: SERVICE:ACTION is right", {"identityPolicies": [allow("s3*Object")]}),
        ("both Action and NotAction", {"identityPolicies": [allow(NotAction="s3:PutObject")]}),
        ("names no resources", {"identityPolicies": [policy({"Effect": "Allow", "Action": "*"})]}),
        ("is no ARN of six parts", {"identityPolicies": [allow(resource="reports/january.csv")]}),
        (
            "operator 'StringMatches'",
            {"identityPolicies": [allow(Condition={"StringMatches": {"aws:SourceVpc": "v"}})]},
        ),
        ("is an id or a wildcard", {"resourcePolicy": allow(Principal={"AWS": "AIDAEXAMPLE"})}),
        ("is an account by another number", {"resourcePolicy": allow(Principal={"CanonicalUser": "1"})}),
        ("reaches beyond a colon is not documented", {"identityPolicies": [allow(resource="arn:a*3:::reports/*")]}),
        ("a field 'simulationMode'", {"simulationMode": "Discovery"}),
        ("has both endpointPolicy and endpointPolicies", {"endpointPolicy": allow(), "endpointPolicies": []}),
        ("it has no Statement", {"identityPolicies": [{"Effect": "Allow"}]}),
        ("has the Effect 'allow'", {"identityPolicies": [policy({"Effect": "allow"})]}),
        ("Version is '2020-01-01'", {"identityPolicies": [{**allow(), "Version": "2020-01-01"}]}),
    ],
)
def test_what_is_not_of_the_grammar(why: str, case: Any) -> None:
    request = {"principal": ANN, "action": "s3:GetObject", "resource": OBJECT}
    assert why in unsupported(str(of({"request": request, **case})))


def test_a_doubt_that_decides_nothing_is_none() -> None:
    odd = allow(Conditions={})
    assert verdict(identityPolicies=[odd, allow()]) == "allowed"
    assert verdict(identityPolicies=[odd, deny()]) == "explicitly-denied"
    assert verdict(identityPolicies=[odd], serviceControlPolicies=[allow("ec2:*")]) == "implicitly-denied"
    unsupported(verdict(identityPolicies=[allow(), deny(Conditions={})]))
    assert "how is in doubt" in unsupported(verdict(identityPolicies=[deny(Conditions={})]))


def test_the_path_of_a_sessions_role() -> None:
    def asked(operator: str, value: str) -> str:
        return verdict(SESSION, identityPolicies=[allow(Condition={operator: {"aws:PrincipalArn": value}})])

    assert asked("ArnLike", f"arn:aws:iam::{ACCOUNT}:role/*") == "allowed"
    assert asked("StringLike", "*reader") == "allowed"
    assert asked("ArnLike", f"arn:aws:iam::{ACCOUNT}:role/*/writer") == "implicitly-denied"
    assert asked("ArnNotLike", f"arn:aws:iam::{ACCOUNT}:user/*") == "allowed"
    assert "the role's path" in unsupported(asked("ArnEquals", READER))
    unsupported(asked("StringEqualsIgnoreCase", READER))
    known = {"aws:PrincipalArn": READER}
    condition = {"ArnEquals": known}
    assert verdict(SESSION, context=known, identityPolicies=[allow(Condition=condition)]) == "allowed"


def test_a_key_that_the_action_is_not_documented_to_carry() -> None:
    condition = {"StringEquals": {"s3:prefix": "a/"}}
    asked = {"context": {"s3:prefix": "a/"}, "identityPolicies": [allow("s3:*", Condition=condition)]}
    assert "whether the request carries s3:prefix" in unsupported(verdict(**asked))
    bucket = {"action": "s3:ListBucket", "resource": "arn:aws:s3:::reports"}
    assert verdict(**bucket, **asked) == "allowed"


def test_a_set_of_resources_is_decided_where_all_of_them_are() -> None:
    whole = {"resource": "arn:aws:s3:::reports/*"}
    assert verdict(**whole, identityPolicies=[allow(resource="arn:aws:s3:::reports/*")]) == "allowed"
    assert verdict(**whole, identityPolicies=[allow(resource="arn:aws:s3:::other/*")]) == "implicitly-denied"
    part = [allow(resource="arn:aws:s3:::reports/january.csv")]
    assert "is a part" in unsupported(verdict(**whole, identityPolicies=part))
    but = [allow(), deny(resource="arn:aws:s3:::reports/secret/*")]
    unsupported(verdict(**whole, identityPolicies=but))


def test_an_action_without_resources_asks_for_the_star_itself() -> None:
    whole = {"action": "s3:ListAllMyBuckets", "resource": "*"}
    assert verdict(**whole, identityPolicies=[allow("s3:*")]) == "allowed"
    assert verdict(**whole, identityPolicies=[allow("s3:*", resource="arn:aws:s3:::*")]) == "implicitly-denied"


def test_resource_control_policies_of_a_service_that_they_may_not_reach() -> None:
    asked = {"action": "lambda:InvokeFunction", "resource": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"}
    mine = {"identityPolicies": [allow("*")], "resourceControlPolicies": [deny("*", Principal="*")]}
    assert "reach lambda" in unsupported(verdict(**asked, **mine))


def test_three_values() -> None:
    doubt = Doubt("unread")
    assert every([True, doubt]) == doubt
    assert every([doubt, False]) is False
    assert some([False, doubt]) == doubt
    assert some([doubt, True]) is True
    assert negation(doubt) == doubt
    assert every([]) is True
    assert some([]) is False
    with pytest.raises(TypeError, match="no answer"):
        bool(doubt)
