"""Guarantees: the role's credentials are read from the environment, whole or not at all, and never shown."""

from __future__ import annotations

import pytest

from lambdas.proxy.services.credentials import Credentials, from_environment

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_SESSION_TOKEN": "veiled"}


def test_a_roles_credentials_are_read() -> None:
    found = from_environment(ENVIRONMENT)
    assert (found.access_key, found.secret_key, found.session_token) == ("ASIAEXAMPLE", "hidden", "veiled")


def test_an_empty_session_token_is_none() -> None:
    assert from_environment({**ENVIRONMENT, "AWS_SESSION_TOKEN": ""}).session_token is None


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        from_environment({**ENVIRONMENT, name: ""})


def test_neither_secret_nor_token_is_shown() -> None:
    shown = repr(Credentials("ASIAEXAMPLE", "hidden", "veiled"))
    assert "ASIAEXAMPLE" in shown
    assert "hidden" not in shown
    assert "veiled" not in shown


def test_they_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        from_environment(ENVIRONMENT).secret_key = "other"  # type: ignore[misc]  # that it fails is what is tested
