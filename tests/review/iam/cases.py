"""Requests and policies for tests, written short."""

from typing import Any

from review.iam import decide, read_case

Json = Any
ACCOUNT = "111122223333"
OTHER = "444455556666"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/tour"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OBJECT = "arn:aws:s3:::reports/january.csv"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
READER = f"arn:aws:iam::{ACCOUNT}:role/reader"


def policy(*statements: Json) -> Json:
    """Return a document of statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """Return a document that allows."""
    return policy({"Effect": "Allow", "Action": action, "Resource": resource, **more})


def deny(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """Return a document that denies."""
    return policy({"Effect": "Deny", "Action": action, "Resource": resource, **more})


def verdict(
    principal: Json = ANN,
    action: Json = "s3:GetObject",
    resource: Json = OBJECT,
    context: Json = None,
    **policies: Json,
) -> str:
    """Return what is decided of a request, as it is printed."""
    request = {"principal": principal, "action": action, "resource": resource, "context": context or {}}
    return str(decide(*read_case({"request": request, **policies})))
