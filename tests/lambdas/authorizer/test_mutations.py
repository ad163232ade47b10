"""No single change of a valid token lets anybody in, unless it says exactly the same."""

import string
from urllib.parse import parse_qsl

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lambdas.authorizer.conftest import PRINCIPAL, Api, decode, encode

VISIBLE = string.ascii_letters + string.digits + string.punctuation + " \t\n\0é"


def edits(text: str) -> st.SearchStrategy[str]:
    """All texts that are one edit away: a character changed, put in or taken out, or two neighbours swapped."""
    place = st.integers(0, len(text) - 1)
    character = st.sampled_from(VISIBLE)
    return st.one_of(
        st.tuples(place, character).map(lambda edit: text[: edit[0]] + edit[1] + text[edit[0] + 1 :]),
        st.tuples(place, character).map(lambda edit: text[: edit[0]] + edit[1] + text[edit[0] :]),
        place.map(lambda i: text[:i] + text[i + 1 :]),
        place.map(lambda i: text[:i] + text[i + 1 : i + 2] + text[i : i + 1] + text[i + 2 :]),
        place.map(lambda i: text[:i]),
    )


def holds(api: Api, valid: str, token: str) -> None:
    """Assert that a token is refused, or says what the valid one says."""
    try:
        answer = api.call(token)
    except Exception as error:
        assert str(error) == "Unauthorized"
        return
    assert answer["principalId"] == PRINCIPAL
    assert dict(parse_qsl(decode(token))) == dict(parse_qsl(decode(valid)))


QUICK = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_one_edit_of_the_token(api: Api) -> None:
    valid = api.token()

    @QUICK
    @given(edits(valid))
    def check(token: str) -> None:
        holds(api, valid, token)

    check()


def test_one_edit_of_the_url_in_it(api: Api) -> None:
    valid = api.token()

    @QUICK
    @given(edits(decode(valid)))
    def check(url: str) -> None:
        holds(api, valid, encode(url))

    check()


def test_another_order_says_the_same(api: Api) -> None:
    valid = api.token()
    start, _, query = decode(valid).partition("?")
    pairs = query.split("&")

    @settings(QUICK, max_examples=20)
    @given(st.permutations(pairs))
    def check(order: list[str]) -> None:
        assert api.call(encode(f"{start}?{'&'.join(order)}"))["principalId"] == PRINCIPAL

    check()
