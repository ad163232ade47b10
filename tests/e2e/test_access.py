"""Who gets in at either kind of API, with whatever rights of their own: the team's callers, and nobody else.

Everybody here may invoke every API by a policy of their own, as an administrator may. The front door judges it together
with the API's resource policy, as API Gateway does: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import json
import secrets
from dataclasses import replace

import httpx
import pytest

from local.keys import Key, Keys
from tests.e2e.kit import Kit

ACCOUNT, OTHER = "000000000000", "444455556666"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
QUESTION = {"messages": [{"role": "user", "content": "hello"}]}
MODELS = {"atlas": "google.gemma-4-31b", "beacon": "google.gemma-4-e2b"}
REFUSED = {"an administrator's role", "a role whose name begins like a caller's", "a user", "a role of another account"}


def stranger(kit: Kit, who: str, team: str) -> Key:
    """A key of somebody who is no caller of the team, and may do everything by their own policy."""
    caller = kit.key(team)
    name = caller.role.rpartition("/")[2]
    account = OTHER if who == "a role of another account" else ACCOUNT
    role = {
        "an administrator's role": "Administrator",
        "a role whose name begins like a caller's": f"{name}-2",
        "a role of another account": name,
        "another team's role": kit.key("beacon" if team == "atlas" else "atlas").role.rpartition("/")[2],
    }.get(who)
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/ann" if role else f"arn:aws:iam::{account}:user/{name}"
    key = replace(
        caller,
        access_key=f"ASIA{secrets.token_hex(8).upper()}",
        arn=arn,
        account=account,
        user_id="AROA000000000:ann",
        role=f"arn:aws:iam::{account}:role/{role}" if role else "",
        policies=(EVERYTHING,),
    )
    Keys(kit.state.keys).add(key)
    return key


def asked(kit: Kit, team: str, key: Key) -> httpx.Response:
    """Ask the team's model as somebody, in the way in that the team has."""
    body = {**QUESTION, "model": MODELS[team]}
    url = f"{kit.base(team)}/chat/completions"
    if team == "beacon":  # whose callers sign
        with kit.signed(key) as client:
            return client.post(url, json=body)
    return httpx.post(url, json=body, headers={"Authorization": f"Bearer {kit.token(team, key)}"}, timeout=60)


@pytest.mark.parametrize("team", ["atlas", "beacon"])
def test_a_caller_of_the_team_gets_in(quiet: Kit, team: str) -> None:
    assert asked(quiet, team, quiet.key(team)).status_code == 200


@pytest.mark.parametrize("team", ["atlas", "beacon"])
@pytest.mark.parametrize("who", [*sorted(REFUSED), "another team's role"])
def test_nobody_else_gets_in_with_every_right_of_their_own(quiet: Kit, team: str, who: str) -> None:
    answer = asked(quiet, team, stranger(quiet, who, team))
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["code"] == "access_denied"
