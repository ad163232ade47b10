"""Guarantees: nothing of a request or a token, and nothing that AWS STS says but who calls, is written down."""

from __future__ import annotations

import os
import traceback
from typing import Any

import pytest
from botocore.credentials import Credentials

from tests.canary import Canary, Finder, made
from tests.lambdas.authorizer.conftest import PRINCIPAL, Api, encode
from tests.lambdas.authorizer.test_faults import answering
from tests.lambdas.proxy.canary.places import places, put

CANARY = made("token")
#: A token's own credentials are canaries too: what it holds beside the name of an access key is a secret.
KNOWN = Credentials("ASIACANARY0000000000", f"secret/{CANARY.word}", f"Session/{CANARY.word}")
IDENTITY: dict[str, Any] = {
    "GetCallerIdentityResponse": {
        "GetCallerIdentityResult": {"Arn": PRINCIPAL, "UserId": "AROAEXAMPLE:ann", "Account": "123456789012"},
        "ResponseMetadata": {"RequestId": "r"},
    }
}
#: What STS states of who calls: the record and the answer have it.
STATED = ("GetCallerIdentityResponse", "GetCallerIdentityResult", "Arn")


class Seen:
    """What the authorizer has said, to whomever."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._said: list[str] = []
        self.finder = Finder()
        self.finder.add("word", CANARY.word)
        self.finder.add("text", CANARY.text)

    def ask(self, event: Any) -> None:
        """Have it decide, whatever comes of it; the runtime writes down what is raised."""
        try:
            self._said.append(repr(self._api.ask(event)))
        except Exception as error:
            self._said.append("".join(traceback.format_exception(error)))

    def leaks(self) -> list[object]:
        """What of it holds a canary."""
        said = "\n".join([*self._said, repr(self._api.logged), repr(dict(os.environ))])
        return list(self.finder.search(said.encode(), "log"))


@pytest.fixture
def seen(api: Api) -> Seen:
    api.service.knows(KNOWN, PRINCIPAL)
    return Seen(api)


def texts(canary: Canary) -> tuple[str, str]:
    """Both forms."""
    return canary.word, canary.text


def test_no_place_of_an_event(api: Api, seen: Seen) -> None:
    event = api.event(f"Bearer {api.token()}") | {
        "path": "/chat/completions",
        "httpMethod": "POST",
        "queryStringParameters": {"a": "b"},
        "pathParameters": {"proxy": "x"},
        "stageVariables": {"a": "b"},
    }
    for place in places(event):
        for text in texts(CANARY):
            seen.ask(put(event, place, CANARY, text))
    for strange in (CANARY.text, [CANARY.text], {CANARY.text: 1}, {"requestContext": CANARY.word}, None):
        seen.ask(strange if isinstance(strange, dict) else {"headers": strange, "requestContext": {"apiId": strange}})
    assert seen.leaks() == []


def test_no_part_of_a_token(api: Api, seen: Seen) -> None:
    url = f"https://sts.us-east-1.amazonaws.com/?Action={CANARY.word}"
    for scheme in ("Bearer", "Basic", CANARY.word):
        for token in (*texts(CANARY), encode(url), encode(url[:-8]), f"cloister-{CANARY.word}"):
            seen.ask(api.event(f"{scheme} {token}"))
    seen.ask(api.event(f"Bearer {api.token(KNOWN)}"))
    assert api.logged[-1]["decision"] == "allow"
    seen.ask(api.event(f"Bearer {api.token(Credentials(KNOWN.access_key, 'x', KNOWN.token))}"))
    assert api.logged[-1]["reason"] == "sts_refused"
    assert seen.leaks() == []


def test_no_place_of_what_sts_says(api: Api, seen: Seen) -> None:
    for status in (200, 400, 403, 500, 302):
        for place in places(IDENTITY):
            if place != STATED:
                body = put(IDENTITY, place, CANARY, CANARY.text)
                api.service.answer = answering(
                    status, body, {"x-note": CANARY.word, "location": f"https://{CANARY.word}"}
                )
                seen.ask(api.event(f"Bearer {api.token()}"))
    for raw in (CANARY.text.encode(), b'{"a": "' + CANARY.word.encode()):
        api.service.answer = answering(200, raw)
        seen.ask(api.event(f"Bearer {api.token()}"))
    assert seen.leaks() == []


def test_a_leak_would_be_seen(api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.authorizer._request_id", lambda event: event["requestContext"]["requestId"])
    seen.ask(put(api.event(f"Bearer {api.token()}"), ("requestContext", "requestId"), CANARY, CANARY.word))
    assert seen.leaks()
