"""Who gets in: by a token through the real authorizer, by a signature, and nobody else."""

from __future__ import annotations

import base64
import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from botocore.credentials import ReadOnlyCredentials

from local.keys import Key, Keys
from tests.e2e.kit import REGION, Kit
from tests.waiting import LONG
from tools.token import PREFIX, mint

MODEL = "google.gemma-4-31b"


def call(kit: Kit, token: str, team: str = "atlas") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{kit.base(team)}/models", headers=headers, timeout=LONG)


def url_of(token: str) -> str:
    encoded = token.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def token_of(url: str) -> str:
    return PREFIX + base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()


def test_a_token_gets_in(quiet: Kit) -> None:
    assert call(quiet, quiet.token("atlas")).status_code == 200


HOST = f"sts.{REGION}.amazonaws.com"
ODD: dict[str, Callable[[str], str]] = {
    "another host": lambda url: url.replace(HOST, "sts.example.com"),
    "the global host": lambda url: url.replace(HOST, "sts.amazonaws.com"),
    "another Region's host": lambda url: url.replace(HOST, "sts.us-west-2.amazonaws.com"),
    "a longer host": lambda url: url.replace(HOST, f"{HOST}.example.com"),
    "plain HTTP": lambda url: url.replace("https://", "http://"),
    "a port": lambda url: url.replace(HOST, f"{HOST}:8443"),
    "a user": lambda url: url.replace(HOST, f"x@{HOST}"),
    "a path": lambda url: url.replace(f"{HOST}/", f"{HOST}/x"),
    "another action": lambda url: url.replace("GetCallerIdentity", "GetSessionToken"),
    "a forged signature": lambda url: url[:-8] + "00000000",
    "a changed access key": lambda url: url.replace("X-Amz-Credential=", "X-Amz-Credential=A"),
    "a longer life": lambda url: url.replace("X-Amz-Expires=900", "X-Amz-Expires=899"),
    "one parameter more": lambda url: url + "&X=1",
    "no signed header of ours": lambda url: url.replace("%3Bx-cloister-api", ""),
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_url_is_refused(quiet: Kit, what: str) -> None:
    url = url_of(quiet.token("atlas"))
    odd = ODD[what](url)
    assert odd != url
    answer = call(quiet, token_of(odd))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize("token", ["x", "cloister-", "cloister-%%%", "sk-something", PREFIX + "A" * 9000])
def test_no_token_at_all_is_refused(quiet: Kit, token: str) -> None:
    assert call(quiet, token).status_code in (400, 401)


def test_no_header_at_all_is_refused(quiet: Kit) -> None:
    answer = httpx.get(f"{quiet.base('atlas')}/models", timeout=LONG)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"


def test_a_forged_key_is_refused(quiet: Kit) -> None:
    forged = dataclasses.replace(quiet.key("atlas"), secret_key="another")
    assert call(quiet, quiet.token("atlas", forged)).status_code == 401


def test_an_expired_token_is_refused(quiet: Kit) -> None:
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=61)
    assert call(quiet, quiet.token("atlas", expires=60, now=then)).status_code == 401


@pytest.mark.parametrize("seconds", [-960, 90])
def test_who_has_an_old_or_early_token_is_told_how_to_get_another(quiet: Kit, seconds: int) -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    error = call(quiet, quiet.token("atlas", now=then)).json()["error"]
    assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    assert all(word in error["message"] for word in ("15 minutes", "clock", "make -s token"))


def test_a_token_at_a_team_that_signs_says_so(quiet: Kit) -> None:
    answer = call(quiet, quiet.token("atlas"), team="beacon")
    assert answer.status_code in (401, 403)
    assert "Signature Version 4" in answer.json()["error"]["message"]


def test_a_token_of_the_future_is_refused(quiet: Kit) -> None:
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=10)
    assert call(quiet, quiet.token("atlas", now=then)).status_code == 401


def test_a_token_of_another_region_is_refused(quiet: Kit) -> None:
    key = quiet.key("atlas")
    api = quiet.outputs("Team-atlas")["ApiId"]
    credentials = ReadOnlyCredentials(key.access_key, key.secret_key, key.session_token)
    assert call(quiet, mint(credentials, "us-west-2", api)).status_code == 401


def test_a_principal_that_the_team_does_not_name_is_refused(quiet: Kit) -> None:
    stranger = quiet.session("somebody-else")
    answer = call(quiet, quiet.token("atlas", stranger))
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "access_denied"


def test_the_same_role_name_in_another_account_is_refused(quiet: Kit) -> None:
    mine = quiet.key("atlas")
    foreign = Key(
        "ASIAFOREIGNFOREIGN00",
        mine.secret_key,
        mine.session_token,
        mine.arn.replace("000000000000", "999999999999"),
        "999999999999",
        "AROAFOREIGN:e2e",
    )
    Keys(quiet.state.keys).add(foreign)
    assert call(quiet, quiet.token("atlas", foreign)).status_code == 403


def test_a_token_opens_no_other_api(quiet: Kit) -> None:
    """A token for atlas' API, at an API that is not atlas': the header that STS sees is another."""
    key = quiet.key("atlas")
    credentials = ReadOnlyCredentials(key.access_key, key.secret_key, key.session_token)
    elsewhere = mint(credentials, REGION, quiet.outputs("Team-beacon")["ApiId"])
    assert call(quiet, elsewhere).status_code == 401
    assert call(quiet, quiet.token("atlas"), team="beacon").status_code in (401, 403)


def test_the_verdict_is_kept_for_a_while(quiet: Kit) -> None:
    token = quiet.token("atlas", expires=878)
    assert call(quiet, token).status_code == 200
    assert len(quiet.requests("sts")) == 1
    asked = len(quiet.requests("sts"))
    assert call(quiet, token).status_code == 200
    assert len(quiet.requests("sts")) == asked


def test_no_word_from_sts_is_no_way_in(kit: Kit) -> None:
    # Tokens made within one second are the same, and a kept verdict needs no word; this one is another.
    token = kit.token("atlas", expires=877)
    with (
        kit.told(outage=["sts"]),
        kit.openai("atlas", token) as client,
        pytest.raises(openai.APIStatusError) as refused,
    ):
        client.models.list()
    assert refused.value.status_code == 503


def test_a_signed_call(quiet: Kit) -> None:
    body = {"model": "google.gemma-4-e2b", "messages": [{"role": "user", "content": "say: signed"}]}
    before = len(quiet.records("beacon"))
    with quiet.signed(quiet.key("beacon")) as http:
        answer = http.post(f"{quiet.base('beacon')}/chat/completions", json=body)
        # The SDK's own HTTP library is httpx under another name; it takes this client all the same.
        sdk_http: Any = http
        client = openai.OpenAI(base_url=quiet.base("beacon"), api_key="unused", http_client=sdk_http, max_retries=0)
        streamed = client.responses.create(model="google.gemma-4-e2b", input="say: by the SDK", stream=True)
        text = "".join(event.delta for event in streamed if event.type == "response.output_text.delta")
    assert answer.json()["choices"][0]["message"]["content"] == "signed"
    assert text == "by the SDK"
    assert [r["principal"] for r in quiet.next_records("beacon", before, 2)] == [quiet.key("beacon").arn] * 2
    # E2B is always asked with effort high: below it, its reasoning leaks into the answer.
    assert [request["effort"] for request in quiet.requests("mantle")] == ["high", "high"]


@pytest.mark.parametrize("team", ["atlas", "nobody"])
def test_a_signature_of_another_role_is_refused(quiet: Kit, team: str) -> None:
    key = quiet.key(team) if team == "atlas" else quiet.session("nobody")
    with quiet.signed(key) as http:
        answer = http.get(f"{quiet.base('beacon')}/models")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "access_denied"


def test_a_wrong_signature_is_refused(quiet: Kit) -> None:
    mine = quiet.key("beacon")
    with quiet.signed(dataclasses.replace(mine, secret_key="another")) as http:
        assert http.get(f"{quiet.base('beacon')}/models").status_code == 401
    with quiet.signed(mine, "us-west-2") as http:
        assert http.get(f"{quiet.base('beacon')}/models").status_code == 401
    assert httpx.get(f"{quiet.base('beacon')}/models", timeout=LONG).status_code == 401


def test_an_unknown_api_says_nothing(quiet: Kit) -> None:
    base = quiet.base("atlas").replace(quiet.outputs("Team-atlas")["ApiId"], "abcdef0123")
    headers = {"Authorization": f"Bearer {quiet.token('atlas')}"}
    answer = httpx.get(f"{base}/models", headers=headers, timeout=LONG)
    assert answer.status_code == 403
