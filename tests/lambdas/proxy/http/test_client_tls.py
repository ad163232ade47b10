"""Guarantees: connections are verified against the system's trust store, never against less or more, and start fast."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdas.proxy.http import tls
from lambdas.proxy.http.client import Client, HttpError
from tests.waiting import LONG

from ..support.authority import Authority
from ..support.tls_server import TlsServer, serving

HOST = "bedrock-mantle.us-east-1.api.aws"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def get(client: Client) -> bytes:
    return client.request("GET", HOST, "/", [], timeout=LONG, deadline=time.monotonic() + LONG).read(10)


@pytest.fixture
def large_store(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Make the default store a large one, with an authority that calls itself Amazon's; return that one."""
    folder = tmp_path / "amazon"
    folder.mkdir()
    amazon = Authority(folder, "Amazon Root CA 1")
    store = tmp_path / "store.pem"
    store.write_bytes(b"# padding\n" * 4000 + amazon.path.read_bytes() + authority.path.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder / "none"))
    return amazon


def test_certificates_and_names_are_checked() -> None:
    made = tls.context()
    assert made.verify_mode == ssl.CERT_REQUIRED
    assert made.check_hostname
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert ssl.VERIFY_X509_STRICT in made.verify_flags


def test_it_trusts_nothing_that_the_default_store_does_not() -> None:
    made = tls.context()
    whole = ssl.create_default_context().get_ca_certs(binary_form=True)
    assert set(made.get_ca_certs(binary_form=True)) <= set(whole)
    tls.complete(made)
    assert set(made.get_ca_certs(binary_form=True)) == set(whole)


def test_amazons_own_roots_come_first(large_store: Authority) -> None:
    (subject,) = [certificate["subject"] for certificate in tls.context().get_ca_certs()]
    assert "Amazon Root CA 1" in str(subject)


@pytest.mark.parametrize(
    ("name", "edit", "first"),
    [
        ("Amazon Root CA 3", lambda pem: pem, True),
        ("Amazon Root CA 1", lambda pem: pem.replace(b"\n", b"\r\n"), True),
        ("Amazon Root CA 2", lambda pem: pem, False),  # nothing is issued under it
        ("Amazon Root CA 1", lambda pem: pem.replace(b"\nMII", b"\nMI\nI"), True),  # lines of other lengths
        ("Amazon Root CA 1", lambda pem: pem.replace(b"\nMII", b"\nM\nI\nI"), False),
    ],
)
def test_the_roots_that_amazon_issues_under_come_first(
    name: str, edit: Callable[[bytes], bytes], first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store.pem"
    pem = Authority(tmp_path, name).path.read_text()
    store.write_bytes(b"# padding\n" * 4000 + edit(pem.encode()))
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    made = tls.context()
    assert made.get_ca_certs(binary_form=True) == [ssl.PEM_cert_to_DER_cert(pem)]
    assert tls.complete(made) is first


def test_a_server_of_amazons_is_verified_by_them_alone(large_store: Authority) -> None:
    with TlsServer(large_store.server(HOST), serving(OK)) as server:
        client = Client(None, server.connect)
        assert get(client) == b"{}"
        client.close()
        assert server.connections == 1
        assert len(client._tls.get_ca_certs()) == 1


def test_another_authority_of_the_store_is_found_at_the_second_try(
    large_store: Authority, authority: Authority
) -> None:
    with TlsServer(authority.server(HOST), serving(OK)) as server:
        client = Client(None, server.connect)
        assert get(client) == b"{}"
        client.close()
        assert server.connections == 2


def test_an_authority_that_the_store_lacks_is_refused(large_store: Authority, tmp_path: Path) -> None:
    with TlsServer(Authority(tmp_path).server(HOST), serving(OK)) as server:
        client = Client(None, server.connect)
        for connections in (2, 3):  # the store is completed once
            with pytest.raises(HttpError) as caught:
                get(client)
            assert (caught.value.kind, server.connections) == ("tls", connections)


def test_a_small_store_is_loaded_whole(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    made = tls.context()
    assert not tls.complete(made)
    assert ssl.PEM_cert_to_DER_cert(authority.path.read_text()) in made.get_ca_certs(binary_form=True)


def test_a_context_made_elsewhere_is_left_alone() -> None:
    assert not tls.complete(ssl.create_default_context())
