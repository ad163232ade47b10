"""What is refused, each for its own reason; what need not be asked about never leaves the function."""

import datetime
import re

import pytest
from botocore.credentials import Credentials

from tests.lambdas.authorizer.conftest import API, DEVELOPER, REGION, Api, decode, encode
from tests.lambdas.authorizer.security_token_service import HOST


def swap(url: str, name: str, value: str) -> str:
    """Give a parameter of a URL another value, percent-encoded already."""
    changed, count = re.subn(rf"([?&]){name}=[^&]*", lambda found: f"{found[1]}{name}={value}", url)
    assert count == 1
    return changed


class TestAskedAndRefused:
    """AWS STS says no."""

    def test_forged_signature(self, api: Api) -> None:
        url = decode(api.token())
        api.refuses(encode(swap(url, "X-Amz-Signature", "0" * 64)), "sts_refused")
        assert api.called == [(HOST, 443)]

    def test_signed_with_a_guessed_secret(self, api: Api) -> None:
        api.refuses(api.token(Credentials(DEVELOPER.access_key, "guess", DEVELOPER.token)), "sts_refused")

    def test_an_access_key_that_aws_does_not_know(self, api: Api) -> None:
        api.refuses(api.token(Credentials("ASIAUNKNOWN000000000", "secret", "session")), "sts_refused")

    def test_a_session_token_of_somebody_else(self, api: Api) -> None:
        api.refuses(encode(swap(decode(api.token()), "X-Amz-Security-Token", "another")), "sts_refused")

    def test_replayed_at_another_teams_api(self, api: Api) -> None:
        api.refuses(api.token(), "sts_refused", requestContext={"apiId": "zzzzzzzzzz", "requestId": "1"})

    def test_the_caller_cannot_say_which_api_it_is(self, api: Api) -> None:
        headers = {"Authorization": f"Bearer {api.token()}", "x-cloister-api": API}
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            api.ask(api.event("", headers=headers, multiValueHeaders=None, requestContext={"apiId": "zzzzzzzzzz"}))

    def test_a_longer_life_than_was_signed(self, api: Api) -> None:
        api.refuses(encode(swap(decode(api.token(expires=60)), "X-Amz-Expires", "900")), "sts_refused")


class TestTime:
    """A token is valid for what it says, 15 minutes at most."""

    @pytest.mark.parametrize(("age", "expires"), [(901, 900), (60, 60), (3600, 900), (5, 1)])
    def test_expired(self, api: Api, age: int, expires: int) -> None:
        made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
        api.refuses(api.token(now=made, expires=expires), "expired")
        assert api.called == []

    def test_not_yet_valid(self, api: Api) -> None:
        made = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        api.refuses(api.token(now=made), "not_yet_valid")

    def test_a_clock_that_is_a_little_ahead(self, api: Api) -> None:
        made = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
        assert api.call(api.token(now=made))["policyDocument"]["Statement"][0]["Effect"] == "Allow"

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("901", "lifetime"), ("999", "lifetime"), ("0", "query_expires"), ("-1", "query_expires"),
            ("3600", "query_expires"), ("900.0", "query_expires"), ("09", "query_expires"),
            ("", "query_expires"), ("1e2", "query_expires"), ("%D9%A9", "query_expires"),
        ],
    )  # fmt: skip
    def test_a_life_that_is_too_long_or_none(self, api: Api, value: str, reason: str) -> None:
        api.refuses(encode(swap(decode(api.token()), "X-Amz-Expires", value)), reason)
        assert api.called == []

    @pytest.mark.parametrize("value", ["20260230T000000Z", "20261123T250000Z", "20261123", "now", ""])
    def test_a_date_that_is_none(self, api: Api, value: str) -> None:
        url = swap(decode(api.token()), "X-Amz-Date", value)
        day = value[:8] if len(value) >= 8 else "20261123"
        scope = f"{DEVELOPER.access_key}%2F{day}%2F{REGION}%2Fsts%2Faws4_request"
        api.refuses(encode(swap(url, "X-Amz-Credential", scope)), "query_date")

    def test_a_scope_of_another_day(self, api: Api) -> None:
        scope = f"{DEVELOPER.access_key}%2F20200101%2F{REGION}%2Fsts%2Faws4_request"
        api.refuses(encode(swap(decode(api.token()), "X-Amz-Credential", scope)), "other_day")


class TestWhereItPoints:
    """A URL that is not exactly the regional AWS STS is never called."""

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (f"https://{HOST}/", "https://attacker.example/", "host"),
            (f"https://{HOST}/", "https://sts.amazonaws.com/", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com.attacker.example/", "host"),
            (f"https://{HOST}/", "https://xsts.us-east-1.amazonaws.com/", "host"),
            (f"https://{HOST}/", "https://STS.us-east-1.amazonaws.com/", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com./", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com.cn/", "host"),
            (f"https://{HOST}/", "https://sts-fips.us-east-1.amazonaws.com/", "host"),
            (f"https://{HOST}/", "https://169.254.169.254/", "host"),
            (f"https://{HOST}/", "https://[::1]/", "host"),
            (f"https://{HOST}/", "https://sts%2eus-east-1.amazonaws.com/", "host"),
            (f"https://{HOST}/", f"https:///{HOST}/", "host"),
            (f"https://{HOST}/", f"https://{HOST}\\@attacker.example/", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com:443/", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com:8443/", "host"),
            (f"https://{HOST}/", "https://sts.us-east-1.amazonaws.com:/", "host"),
            (f"https://{HOST}/", f"https://user@{HOST}/", "host"),
            (f"https://{HOST}/", f"https://user:secret@{HOST}/", "host"),
            (f"https://{HOST}/", f"https://@{HOST}/", "host"),
            (f"https://{HOST}/", f"https://{HOST}@attacker.example/", "host"),
            ("https://", "http://", "scheme"),
            ("https://", "HTTPS://", "scheme"),
            ("https://", "//", "scheme"),
            ("https://", "ftp://", "scheme"),
            ("https://", "https:/", "scheme"),
            ("https://", "file://", "scheme"),
            (".com/?", ".com?", "path"),
            (".com/?", ".com//?", "path"),
            (".com/?", ".com/x?", "path"),
            (".com/?", ".com/%2e%2e/?", "path"),
            (".com/?", ".com/;a?", "path"),
            ("https://", "https://[", "not_a_url"),
            ("https://", " https://", "not_a_url"),
            ("https://", "\thttps://", "not_a_url"),
            (".com/?", ".com/\r\nx: y?", "not_a_url"),
            (".com/?", ".com/\x00?", "not_a_url"),
        ],
    )
    def test_elsewhere(self, api: Api, old: str, new: str, reason: str) -> None:
        api.refuses(encode(decode(api.token()).replace(old, new, 1)), reason)
        assert api.called == []

    @pytest.mark.parametrize("end", ["#", "#x", "&a=b#"])
    def test_with_a_fragment(self, api: Api, end: str) -> None:
        api.refuses(encode(decode(api.token()) + end), "fragment")
        assert api.called == []

    @pytest.mark.parametrize("region", ["us-east-2", "us-gov-west-1"])
    def test_another_region(self, api: Api, region: str) -> None:
        api.refuses(api.token(region=region), "host")
        assert api.called == []

    def test_signed_for_another_region_and_sent_to_this(self, api: Api) -> None:
        api.refuses(
            encode(decode(api.token(region="us-west-2")).replace("sts.us-west-2.", f"sts.{REGION}.")), "other_region"
        )
        assert api.called == []


class TestQuery:
    """The query is the one that the mint makes, and nothing more."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Action", "AssumeRole"),
            ("Action", "getcalleridentity"),
            ("Version", "2011-06-16"),
            ("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256"),
            ("X-Amz-SignedHeaders", "host"),
            ("X-Amz-SignedHeaders", "host%3Bx-cloister-api%3Bx-other"),
            ("X-Amz-SignedHeaders", "x-cloister-api"),
            ("X-Amz-Credential", f"{DEVELOPER.access_key}%2F20261123%2F{REGION}%2Fiam%2Faws4_request"),
            ("X-Amz-Credential", f"{DEVELOPER.access_key}%2F20261123%2F{REGION}%2Fsts"),
            ("X-Amz-Credential", f"%2F20261123%2F{REGION}%2Fsts%2Faws4_request"),
            ("X-Amz-Signature", "0" * 63),
            ("X-Amz-Signature", "G" * 64),
            ("X-Amz-Security-Token", ""),
            ("X-Amz-Security-Token", "a%0D%0Ab"),
        ],
    )
    def test_a_value_that_is_not_right(self, api: Api, name: str, value: str) -> None:
        api.refuses(encode(swap(decode(api.token()), name, value)), "query_" + name.removeprefix("X-Amz-").lower())
        assert api.called == []

    @pytest.mark.parametrize(
        "more",
        ["&Action=GetCallerIdentity", "&a=b", "&", "&=", "&X-Amz-Security-Token=x", "&x-amz-date=x", "&%41ction=x"],
    )
    def test_a_parameter_more_or_twice(self, api: Api, more: str) -> None:
        api.refuses(encode(decode(api.token()) + more), "query")
        assert api.called == []

    @pytest.mark.parametrize(
        "name",
        ["Version", "X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-SignedHeaders"],
    )
    def test_a_parameter_less(self, api: Api, name: str) -> None:
        api.refuses(encode(re.sub(rf"&{name}=[^&]*", "", decode(api.token()))), "query")
        assert api.called == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Action", "%47etCallerIdentity"),
            ("X-Amz-SignedHeaders", "host%3bx-cloister-api"),
            ("X-Amz-SignedHeaders", "host;x-cloister-api"),
            ("Version", "2011-06-15+"),
            ("Version", "2011-06-15%"),
            ("X-Amz-Security-Token", "a+b"),
            ("X-Amz-Security-Token", "%FF"),
        ],
    )
    def test_a_value_spelt_in_another_way(self, api: Api, name: str, value: str) -> None:
        api.refuses(encode(swap(decode(api.token()), name, value)), "query_encoding")
        assert api.called == []


class TestToken:
    """A token has one spelling."""

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            ("", "no_prefix"),
            ("cloister", "no_prefix"),
            ("Cloister-aHR0cHM6", "no_prefix"),
            (" cloister-aHR0cHM6", "no_prefix"),
            ("bedrock-api-key-aHR0cHM6", "no_prefix"),
            ("cloister-", "not_a_url"),
            ("cloister-aHR0cHM6Ly8=", "not_base64url"),
            ("cloister-aHR0 cHM6", "not_base64url"),
            ("cloister-aHR0cHM6\n", "not_base64url"),
            ("cloister-aHR0cHM+", "not_base64url"),
            ("cloister-aHR0cHM6Ly9", "not_base64url"),  # bits left over at the end
            ("cloister-a", "not_base64url"),
            ("cloister-é", "not_base64url"),
            ("cloister-_w", "not_base64url"),  # not ASCII inside
            ("cloister-aHR0cHM6,cloister-aHR0cHM6", "not_base64url"),
            ("cloister-" + "a" * 8192, "too_long"),
        ],
    )
    def test_no_token(self, api: Api, token: str, reason: str) -> None:
        api.refuses(token, reason)
        assert api.called == []

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"headers": None, "multiValueHeaders": None}, "no_token"),
            ({"headers": {}, "multiValueHeaders": {}}, "no_token"),
            ({"headers": {}, "multiValueHeaders": {"Authorization": []}}, "no_token"),
            ({"multiValueHeaders": {"Authorization": ["Bearer a", "Bearer b"]}}, "several_tokens"),
            ({"multiValueHeaders": {"Authorization": ["Bearer a"], "authorization": ["Bearer b"]}}, "several_tokens"),
            ({"multiValueHeaders": {"Authorization": ["Basic YTpi"]}}, "not_bearer"),
            ({"multiValueHeaders": {"Authorization": ["cloister-aHR0cHM6"]}}, "not_bearer"),
            ({"multiValueHeaders": {"Authorization": ["Bearer"]}}, "no_prefix"),
            ({"requestContext": {"apiId": ""}}, "no_api"),
            ({"requestContext": {"apiId": "a\r\nx: y"}}, "no_api"),
        ],
    )
    def test_no_header(self, api: Api, changes: dict[str, object], reason: str) -> None:
        api.refuses("cloister-x", reason, **changes)
        assert api.called == []
