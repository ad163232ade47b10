"""The resource policies of API Gateway, in which an ARN may be written short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.iam.document import Document, read

Json = Any
_SHORT = "execute-api:/"


def read_completed(policy: Mapping[str, Json], api: str, name: str) -> Document:
    """Read an API's policy, in which `execute-api:/stage/method/path` stands for the API's own ARN.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html

    Parameters
    ----------
    policy
        The policy.
    api
        ARN of the API, up to the first `/`.
    name
        What messages call it.

    Raises
    ------
    PolicyError
        If it is no policy.

    Example
    -------
    >>> policy = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "execute-api:/*"}}
    >>> read_completed(policy, "arn:aws:execute-api:eu-west-1:111122223333:a1", "it").statements[0].resource.values
    ('arn:aws:execute-api:eu-west-1:111122223333:a1/*',)
    """
    written = policy.get("Statement")
    statements = [
        {n: _complete(v, api) if n in ("Resource", "NotResource") else v for n, v in statement.items()}
        if isinstance(statement, Mapping)
        else statement
        for statement in (written if isinstance(written, list) else [written])
    ]
    return read({**policy, "Statement": statements}, name)


def _complete(value: Json, api: str) -> Json:
    if isinstance(value, list):
        return [_complete(item, api) for item in value]
    short = isinstance(value, str) and value.startswith(_SHORT)
    return f"{api}/{value.removeprefix(_SHORT)}" if short else value
