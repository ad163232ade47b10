"""The lines' JSON Schema, and the page that explains them, made of the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.kinds import Count, Each, Field, Flag, Kind, Metrics, Nested, Number, Numbers, Text, Word
from audit.lines import LINES, VERSIONS, Line

__all__ = ["json_schema", "page"]

_METRICS = {
    "type": "object",
    "properties": {
        "Timestamp": {"type": "integer", "minimum": 0},
        "CloudWatchMetrics": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "Namespace": {"const": "Cloister"},
                    "Dimensions": {
                        "type": "array",
                        "items": {
                            "type": "array",
                            "items": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$"},
                        },
                    },
                    "Metrics": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "Name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$"},
                                "Unit": {"enum": ["Count", "Milliseconds", "None", "Percent"]},
                            },
                            "required": ["Name", "Unit"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["Namespace", "Dimensions", "Metrics"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["Timestamp", "CloudWatchMetrics"],
    "additionalProperties": False,
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of every line of every version.

    Examples
    --------
    >>> sorted(json_schema()["$defs"])[:2]
    ['access.v1', 'authorization.v1']
    """
    lines = {
        f"{record}.v{version}": _line(line, version) for version, of in VERSIONS.items() for record, line in of.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of evidence",
        "description": "One line of JSON as the functions and the API of a team write it.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in lines],
        "$defs": lines,
    }


def _line(line: Line, version: int) -> dict[str, Any]:
    made = {"description": line.about, **_object(line.fields)}
    if isinstance(line.fields["version"].kind, Count):
        made["properties"]["version"] = {"description": line.fields["version"].about, "const": version}
    return made


def _object(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if not field.optional],
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, Any]:
    made = _kind(field.kind)
    if field.null:
        made = {"anyOf": [made, {"type": "null"}]}
    return {"description": field.about, **made}


def _kind(kind: Kind) -> dict[str, Any]:
    if isinstance(kind, Nested):
        return _object(kind.fields)
    if isinstance(kind, Each):
        return {"type": "array", "items": _kind(kind.of)}
    if isinstance(kind, Metrics):
        return dict(_METRICS)
    if isinstance(kind, Numbers):
        names = {"type": "string", "pattern": f"^(?:{kind.pattern})$"}
        return {"type": "object", "propertyNames": names, "additionalProperties": {"type": "integer", "minimum": 0}}
    if isinstance(kind, Word):
        return {"enum": list(kind.words)}
    if isinstance(kind, Text):
        return {"type": "string", "pattern": f"^(?:{kind.pattern})$"}
    if isinstance(kind, Flag):
        return {"type": "boolean"}
    return {"type": "integer" if isinstance(kind, Count) else "number", "minimum": 0}


def page(before: str) -> str:
    """Return the page on the lines.

    Parameters
    ----------
    before
        What stands there before the fields.
    """
    parts = [before.rstrip()]
    for record, line in LINES.items():
        parts.append(f"### `{record}`\n\n{line.about}\n\n| Field | What it is | |\n|---|---|---|")
        parts[-1] += "".join(
            f"\n| {_cell(path)} | {_cell(about)} | {_cell(kind)} |" for path, about, kind in _rows(line.fields)
        )
    return "\n\n".join(parts) + "\n"


def _rows(fields: Mapping[str, Field], above: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in fields.items():
        kind = _said(field.kind) + (", or null" if field.null else "") + (", or missing" if field.optional else "")
        yield f"`{above}{name}`", field.about, kind
        if isinstance(field.kind, Nested):
            yield from _rows(field.kind.fields, f"{above}{name}.")


def _said(kind: Kind) -> str:
    if isinstance(kind, Word):
        return " · ".join(f"`{word}`" for word in kind.words)
    if isinstance(kind, Text):
        return kind.form
    if isinstance(kind, Each):
        return f"a list: {_said(kind.of)}"
    if isinstance(kind, Numbers):
        return "numbers by name"
    if isinstance(kind, Nested | Metrics):
        return "an object"
    return {Count: "a whole number", Number: "a number", Flag: "true or false"}[type(kind)]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
