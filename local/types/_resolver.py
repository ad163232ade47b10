"""What the types of Route 53 Resolver share: ministack has no such service, so what is made is kept here.

Nothing is resolved or filtered by it: no local process asks a resolver.
"""

from __future__ import annotations

import secrets
from typing import Any

from local.types.emulator import Created, EmulatorError, Properties, account, region

_made: dict[str, dict[str, Any]] = {}


def make(prefix: str, resource: str, properties: Properties) -> Created:
    """Keep a new resource; its id is what `Ref` gives, and an attribute too."""
    identifier = f"{prefix}-{secrets.token_hex(8)}"
    arn = f"arn:aws:route53resolver:{region()}:{account()}:{resource}/{identifier}"
    _made[identifier] = {**properties, "Id": identifier, "Arn": arn}
    return identifier, attributes(identifier)


def change(identifier: str, properties: Properties) -> Created:
    """Put new properties in place of the old ones."""
    record = _made[identifier]
    _made[identifier] = {**properties, "Id": identifier, "Arn": record["Arn"]}
    return identifier, attributes(identifier)


def drop(identifier: str) -> None:
    """Forget a resource."""
    _made.pop(identifier, None)


def attributes(identifier: str) -> dict[str, str]:
    """Return the attributes that templates ask for."""
    return {"Id": identifier, "Arn": str(_made[identifier]["Arn"])}


def found(kind: str, prefix: str, identifier: object) -> dict[str, Any]:
    """Return another resource that one refers to.

    Raises
    ------
    EmulatorError
        There is none.
    """
    record = _made.get(str(identifier))
    if record is None or not str(identifier).startswith(f"{prefix}-"):
        raise EmulatorError(f"{kind}: there is no {identifier}")
    return record


def every(prefix: str) -> list[dict[str, Any]]:
    """Return all resources of a kind."""
    return [record for name, record in _made.items() if name.startswith(f"{prefix}-")]


def users(property_name: str, identifier: str) -> list[str]:
    """Return the ids of what refers to a resource by a property."""
    return [name for name, record in _made.items() if record.get(property_name) == identifier]
