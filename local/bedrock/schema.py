"""Makes the smallest value that satisfies a JSON Schema: for structured output and for tool arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EMPTY: dict[str, Any] = {"string": "example", "integer": 1, "number": 1.5, "boolean": True, "null": None}


def instance(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """Make a value for a schema.

    Covers what structured output allows: types, enum, const, required properties, items, anyOf, $ref into the same
    document, bounds and lengths. Optional properties are left out.

    Example
    -------
    >>> instance({"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]})
    {'n': 3}
    """
    whole = schema if root is None else root
    if depth > 32:
        return None
    if "$ref" in schema:
        return instance(_follow(str(schema["$ref"]), whole), whole, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return instance(schema[key][0], whole, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {
            name: instance(properties.get(name, {}), whole, depth + 1) for name in schema.get("required", properties)
        }
    if kind == "array":
        return [
            instance(schema.get("items", {}), whole, depth + 1) for _ in range(max(1, int(schema.get("minItems", 1))))
        ]
    if kind in ("integer", "number"):
        return schema.get("minimum", _EMPTY[kind])
    if kind == "string":
        return str(_EMPTY["string"]).ljust(int(schema.get("minLength", 0)), ".")[
            : int(schema.get("maxLength", 1 << 20))
        ]
    return _EMPTY.get(str(kind))


def _follow(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}
