"""The one place that reaches into ministack.

ministack ships no type information and has no public interface for adding a CloudFormation type, so its modules
are looked up by name here, and everything that this kit needs of them is listed in one file.
"""

from __future__ import annotations

import importlib
import json
import re
from types import ModuleType
from typing import Any

VERSION = "1.5.33"

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
"""What a handler returns: the physical id (what `Ref` gives) and the attributes (what `Fn::GetAtt` gives)."""


class EmulatorError(ValueError):
    """A service of the embedded AWS refused; CloudFormation shows the message as the resource's failure."""


def service(name: str) -> ModuleType:
    """Return ministack's module of a service, for example ``service("ec2")``."""
    return importlib.import_module(f"ministack.services.{name}")


def provisioners() -> ModuleType:
    """Return ministack's CloudFormation provisioners: its table of types and their helpers."""
    return importlib.import_module("ministack.services.cloudformation.provisioners")


def handlers() -> dict[str, Any]:
    """Return ministack's table of services, by the name that signatures have: what each answers with."""
    found: dict[str, Any] = importlib.import_module("ministack.app").SERVICE_HANDLERS
    return found


def account() -> str:
    """Return the account of the request that is being served."""
    return str(importlib.import_module("ministack.core.responses").get_account_id())


def region() -> str:
    """Return the Region of the request that is being served."""
    return str(importlib.import_module("ministack.core.responses").get_region())


def session(access_key: str) -> tuple[str, str, str] | None:
    """Return the secret key, token and ARN of a session that the embedded STS has given out; None if it has not."""
    sts = service("sts")
    found = sts._sessions.get(access_key)
    if found is None or sts._session_expired(found):
        return None
    return str(found["SecretAccessKey"]), str(found["SessionToken"]), str(found["Arn"])


def physical_name(stack_name: str, logical_id: str, longest: int) -> str:
    """Return the name that CloudFormation makes up for a resource without one, at most `longest` characters."""
    return str(provisioners()._physical_name(stack_name, logical_id, max_len=longest))


def answer(response: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    """Read a JSON service's answer.

    Raises
    ------
    EmulatorError
        The service answered with an error status; its message is passed on.

    Examples
    --------
    >>> answer((200, {}, b'{"name": "a"}'))
    {'name': 'a'}
    """
    status, _, body = response
    data: dict[str, Any] = json.loads(body or b"{}")
    if status >= 400:
        raise EmulatorError(data.get("message") or data.get("Message") or f"status {status}")
    return data


def camel(value: Any) -> Any:
    """Turn CloudFormation's property names (`WordsConfig`) into the API's (`wordsConfig`), all the way down.

    Examples
    --------
    >>> camel({"WordsConfig": [{"Text": "Nightjar"}]})
    {'wordsConfig': [{'text': 'Nightjar'}]}
    """
    if isinstance(value, dict):
        return {re.sub(r"^[A-Z]", lambda first: first.group().lower(), key): camel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [camel(item) for item in value]
    return value


def tags(properties: Properties) -> dict[str, str]:
    """Return CloudFormation's list of tags as a mapping."""
    return {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}
