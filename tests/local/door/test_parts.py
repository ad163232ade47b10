"""The door's parts that need no process: packages, policies' edges, what API Gateway returns as a policy."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local.door import policy
from local.door.code import unpack
from local.door.deployed import policy_of


def package(*entries: tuple[str, int, bytes]) -> tuple[bytes, str]:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, mode, data in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, data)
    return held.getvalue(), base64.b64encode(hashlib.sha256(held.getvalue()).digest()).decode()


def test_a_package_is_unpacked_with_its_modes_and_once(tmp_path: Path) -> None:
    data, sha = package(("bootstrap", 0o755, b"#!/bin/sh"), ("proxy/a.py", 0o644, b"1"))
    place = unpack(data, sha, tmp_path)
    assert (place / "bootstrap").stat().st_mode & 0o777 == 0o755
    assert (place / "proxy" / "a.py").read_bytes() == b"1"
    (place / "mark").touch()
    assert unpack(data, sha, tmp_path) == place
    assert (place / "mark").exists()
    assert [path.name for path in tmp_path.iterdir()] == [place.name]


def test_a_package_that_is_not_the_functions_is_refused(tmp_path: Path) -> None:
    data, _ = package(("a", 0o644, b""))
    with pytest.raises(ValueError, match="which is not the function's CodeSha256"):
        unpack(data, "AAAA", tmp_path)


def test_an_entry_outside_of_the_package_is_refused(tmp_path: Path) -> None:
    data, sha = package(("../evil", 0o644, b""))
    with pytest.raises(ValueError, match="points outside"):
        unpack(data, sha, tmp_path / "functions")
    assert not (tmp_path / "evil").exists()


def test_a_policy_is_read_with_and_without_its_escapes() -> None:
    document = {"Statement": [{"Effect": "Allow", "Resource": 'a"b'}]}
    plain = json.dumps(document)
    assert policy_of(plain) == policy_of(json.dumps(plain)[1:-1]) == document
    assert policy_of(None) is policy_of("") is None


ME = "arn:aws:sts::1:assumed-role/team/s"


@pytest.mark.parametrize(
    ("statement", "principal", "verdict"),
    [
        ({"Principal": "*"}, None, "allow"),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/team"}}, ME, "allow"),
        ({"Principal": {"AWS": ["arn:aws:iam::1:role/a/team"]}}, ME, "allow"),
        ({"Principal": {"AWS": "1"}}, ME, "allow"),
        ({"Principal": {"AWS": "arn:aws:iam::2:role/team"}}, ME, "none"),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/team"}}, None, "none"),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, ME, "none"),
        ({"NotPrincipal": {"AWS": "2"}}, ME, "none"),
        ({"Principal": "*", "Action": "execute-api:*"}, None, "allow"),
        ({"Principal": "*", "Action": "s3:*"}, None, "none"),
        ({"Principal": "*", "Resource": "arn:aws:execute-api:*:*:b/*"}, None, "none"),
        ({"Principal": "*", "Condition": {"Unheard": {"a": "b"}}}, None, "none"),
        ({"Principal": "*", "Effect": "Deny", "Condition": {"Unheard": {"a": "b"}}}, None, "deny"),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "v"}}}, None, "none"),
    ],
)
def test_statements(statement: dict[str, Any], principal: str | None, verdict: str) -> None:
    whole = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*", **statement}
    resource = "arn:aws:execute-api:us-east-1:1:a/v1/GET/x"
    found = policy.evaluate({"Statement": whole}, action="execute-api:Invoke", resource=resource, principal=principal)
    assert found == verdict
