"""A claim that is false in several places shows up to five, each with a witness of its own that was checked."""

from review.assembly import Assembly
from review.finding import Status
from review.proof.claim import MOST
from review.proof.claims import model_calls
from tests.review.conftest import body_of, changed

TEAM = "Cloister-Team-atlas"
WIDE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        "Policies": [
            {
                "PolicyName": "Wide",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}],
                },
            }
        ],
    },
}


def test_every_place_is_shown_up_to_five(example: Assembly) -> None:
    body = body_of(example, TEAM)
    body["Resources"] |= {f"Wide{n}": WIDE for n in range(MOST + 1)}
    proof = model_calls.CLAIM.prove(changed(example, TEAM, body))
    assert proof.status is Status.FAIL
    assert len(proof.others) == MOST - 1
    places = [proof.where, *(other.where for other in proof.others)]
    assert len(set(places)) == MOST
    assert proof.witness is not None
    for other in proof.others:
        assert other.witness is not None
        assert other.witness.checked().case["request"]["principal"] != proof.witness.case["request"]["principal"]
    assert [other["where"] for other in proof.as_json()["others"]] == places[1:]
