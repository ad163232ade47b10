"""Tools that the client runs: their declarations, on either route. Tools that a server would run are refused."""

from __future__ import annotations

from ..core.errors import BadRequestError
from ..request.check import anything, boolean, fields, mapping, one_of, require, string, unsupported
from ..request.texts import Document, Name, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..request.prepared import Prepared

_FUNCTION = {"name": string, "description": string, "parameters": mapping, "strict": boolean}
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def kind(tool: Any, path: str) -> dict[str, Any]:
    """Return a tool if it is a function; anything else would be run by a server, outside what is guarded."""
    found = mapping(tool, path)
    if require(found, "type", path) != "function":
        raise unsupported(
            f"{path}.type",
            "must be 'function': tools that a server runs (web or file search, code, computer use, MCP, custom) "
            "would carry data where no guardrail and no record sees it.",
            code="unsupported_tool",
        )
    return found


def function(declared: dict[str, Any], path: str, prepared: Prepared) -> dict[str, Any]:
    """Check a function's declaration; return what is sent, its texts noted for the guardrail."""
    made = fields(declared, _FUNCTION, path)
    name(require(made, "name", path), f"{path}.name")
    prepared.names.add(made["name"])
    prepared.slots.append(Name(made, "name", f"{path}.name"))
    if made.get("description"):
        prepared.slots.append(Slot(made, "description", f"{path}.description"))
    if "parameters" in made:
        made["parameters"] = strip(made["parameters"], prepared.model.strip_from_tool_schemas)
        prepared.slots.append(Document(made, "parameters", f"{path}.parameters"))
    return made


def name(value: Any, path: str) -> str:
    """Take the name of a function."""
    if not (0 < len(string(value, path)) <= 64 and _NAME.issuperset(value)):
        raise BadRequestError(f"{path} must be 1 to 64 letters, digits or any of _-.", code="invalid_value", param=path)
    return str(value)


def strip(schema: Any, keywords: frozenset[str], *, names: bool = False) -> Any:
    """Return a schema without some keywords, at any depth; a property that has such a name stays.

    Examples
    --------
    >>> strip({"propertyNames": {}, "properties": {"propertyNames": {"type": "string"}}}, frozenset({"propertyNames"}))
    {'properties': {'propertyNames': {'type': 'string'}}}
    """
    if isinstance(schema, dict):
        return {
            key: value
            if key in ("enum", "const", "default", "examples") and not names
            else strip(value, keywords, names=not names and key in ("properties", "patternProperties", "$defs"))
            for key, value in schema.items()
            if names or key not in keywords
        }
    if isinstance(schema, list):
        return [strip(item, keywords) for item in schema]
    return schema


def choice(value: Any, path: str, prepared: Prepared, *, nested: bool) -> Any:
    """Check ``tool_choice``: a word, or one declared function (``nested`` as on Chat Completions)."""
    if isinstance(value, str):
        return one_of("none", "auto", "required")(value, path)
    chosen = fields(
        kind(mapping(value, path), path), {"type": anything, "function": mapping} if nested else _FLAT, path
    )
    at = f"{path}.function" if nested else path
    inner = fields(require(chosen, "function", path), {"name": string}, at) if nested else chosen
    if require(inner, "name", at) not in prepared.names:
        raise BadRequestError(f"{at}.name is not one of the declared tools.", code="invalid_value", param=f"{at}.name")
    return {"type": "function", "function": inner} if nested else inner


_FLAT = {"type": anything, "name": string}
