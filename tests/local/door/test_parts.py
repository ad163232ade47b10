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
from local.keys import Key


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


ACCOUNT, OTHER = "111122223333", "444455556666"
METHOD = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/v1/GET/x"
ALLOW = json.dumps({"Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}})


def me(role: str = "", *policies: str, account: str = ACCOUNT) -> Key:
    arn = f"arn:aws:sts::{account}:assumed-role/team/s"
    return Key(
        "ASIATEAM", "s", "t", arn, account, role=role and f"arn:aws:iam::{account}:role/{role}", policies=policies
    )


@pytest.mark.parametrize(
    ("statement", "key", "verdict"),
    [
        ({"Principal": "*"}, None, "allowed"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/team"}}, me(), "allowed"),
        ({"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/a/team"]}}, me(), "allowed"),
        ({"Principal": {"AWS": ACCOUNT}}, me(), "implicitly-denied"),
        ({"Principal": {"AWS": ACCOUNT}}, me("team", ALLOW), "allowed"),
        ({"Principal": {"AWS": f"arn:aws:iam::{OTHER}:role/team"}}, me(), "implicitly-denied"),
        # In one account, what is silent about a caller leaves it to the caller's own policies; what denies does not.
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/others"}}, me("team", ALLOW), "allowed"),
        ({"Principal": "*", "Effect": "Deny"}, me("team", ALLOW), "explicitly-denied"),
        # Between accounts both have to allow.
        ({"Principal": "*"}, me("team", account=OTHER), "implicitly-denied"),
        ({"Principal": "*"}, me("team", ALLOW, account=OTHER), "allowed"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/team"}}, None, "implicitly-denied"),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, me(), "implicitly-denied"),
        ({"Principal": "*", "Action": "execute-api:*"}, None, "allowed"),
        ({"Principal": "*", "Action": "s3:*"}, None, "implicitly-denied"),
        ({"Principal": "*", "Resource": "arn:aws:execute-api:*:*:b/*"}, None, "implicitly-denied"),
        ({"Principal": "*", "Resource": ["execute-api:/v1/GET/*"]}, None, "allowed"),
        ({"Principal": "*", "Resource": "execute-api:/v1/POST/*"}, None, "implicitly-denied"),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "v"}}}, None, "allowed"),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "w"}}}, None, "implicitly-denied"),
        ({"Principal": "*", "Condition": {"Unheard": {"a": "b"}}}, None, "unsupported"),
        ({"Principal": "*", "Effect": "Deny", "Condition": {"Unheard": {"a": "b"}}}, me("team", ALLOW), "unsupported"),
        ({}, me(), "unsupported"),
    ],
)
def test_the_resource_policy_and_the_callers_own(statement: dict[str, Any], key: Key | None, verdict: str) -> None:
    whole = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*", **statement}
    assert policy.invoke({"Statement": whole}, METHOD, "v", key).verdict.value == verdict


def test_the_path_of_a_callers_role() -> None:
    named = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/deep/team"}}
    whole = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*", "Condition": named}
    for role, verdict in (("deep/team", "allowed"), ("team", "implicitly-denied"), ("", "unsupported")):
        assert policy.invoke({"Statement": [whole]}, METHOD, "v", me(role)).verdict.value == verdict


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (json.loads(ALLOW), "allowed"),
        ({"Statement": []}, "implicitly-denied"),
        ({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}, "explicitly-denied"),
        ({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}, "unsupported"),
        ({}, "unsupported"),
    ],
)
def test_what_an_authorizer_answered(document: dict[str, Any], verdict: str) -> None:
    assert policy.answered(document, METHOD).verdict.value == verdict
