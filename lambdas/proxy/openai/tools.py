"""Tools that the client runs: their declarations, on either route. Tools that a server would run are refused."""

from __future__ import annotations

from ..core.errors import BadRequestError
from ..core.jsontext import compact
from ..request import policy
from ..request.check import anything, array, boolean, kept, mapping, number, one_of, require, string, unsupported
from ..request.texts import Document, Name, Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..request.prepared import Prepared

_FUNCTION = {"name": string, "description": string, "parameters": mapping, "strict": boolean}
#: Tokens that ``logit_bias`` may name.
TOKENS = 1024

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
    made = kept(declared, _FUNCTION, path, prepared.dropped)
    name(require(made, "name", path), f"{path}.name")
    prepared.names.add(made["name"])
    first = len(prepared.slots)
    prepared.slots.append(Name(made, "name", f"{path}.name"))
    if made.get("description"):
        prepared.slots.append(Slot(made, "description", f"{path}.description"))
    if "parameters" in made:
        made["parameters"] = strip(made["parameters"], prepared.model.strip_from_tool_schemas)
        prepared.slots.append(Document(made, "parameters", f"{path}.parameters"))
    prepared.developer(first)
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


def arguments(value: Any, path: str) -> str:
    """Take the arguments of a call in the history: JSON in a string, or the object that some clients write."""
    return compact(value) if isinstance(value, dict) else string(value, path)


def bias(value: Any, path: str) -> dict[str, float]:
    """Take ``logit_bias``: numbers by the number of a token of the model's vocabulary, in which no text can stand."""
    found = mapping(value, path)
    amount = number(-100, 100)
    if len(found) > TOKENS or not all(_token(name) for name in found):
        raise BadRequestError(
            f"{path} must be at most {TOKENS} numbers, each under the number of a token.",
            code="invalid_value",
            param=path,
        )
    return {name: amount(item, f"{path}.{name}") for name, item in found.items()}


def _token(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 6 and str(int(name)) == name


def offer(
    sent: list[dict[str, Any]],
    declared: list[dict[str, Any]],
    given: Mapping[str, Any],
    prepared: Prepared,
    *,
    nested: bool,
) -> None:
    """Put the tools into what is sent, with the choice among them; without tools, nothing that is about them.

    Parameters
    ----------
    sent, declared
        As they are sent, and the functions in them.
    given
        The request's ``tool_choice`` and ``parallel_tool_calls``.
    nested
        Whether a function stands in an object of its own, as on Chat Completions.
    """
    chosen, allowed = "auto", None
    if "tool_choice" in given:
        chosen, allowed = choice(given["tool_choice"], "tool_choice", prepared, nested=nested)
    if allowed is not None:
        sent = [tool for tool, function in zip(sent, declared, strict=True) if function["name"] in allowed]
    if sent:
        prepared.body["tools"] = sent
        if "tool_choice" in given:
            prepared.body["tool_choice"] = chosen
        policy.one_call_a_turn(given.get("parallel_tool_calls"), prepared)
    elif chosen == "required":
        raise BadRequestError(
            "tool_choice is 'required', and there are no tools to choose from.",
            code="invalid_value",
            param="tool_choice",
        )
    elif given.get("parallel_tool_calls") and not prepared.model.parallel_tool_calls:
        policy.one_call_a_turn(True, prepared)


def choice(value: Any, path: str, prepared: Prepared, *, nested: bool) -> tuple[Any, set[str] | None]:
    """Check ``tool_choice``: a word, one declared function, or some of those that are declared.

    Returns
    -------
    word or object, set of str or None
        What is sent; and for ``allowed_tools`` the names of the tools that are, since one that is not sent cannot be
        called.
    """
    words = one_of("none", "auto", "required")
    if isinstance(value, str):
        return words(value, path), None
    kind_of = require(mapping(value, path), "type", path)
    if kind_of in ("none", "auto", "required"):  # as an object, as other APIs write it
        return kind_of, None
    if kind_of == "allowed_tools":
        return _allowed(value, path, prepared, nested=nested)
    chosen = kept(
        kind(value, path), {"type": anything, "function": mapping} if nested else _FLAT, path, prepared.dropped
    )
    name = _declared(chosen, path, prepared, nested=nested)
    return {"type": "function", **({"function": {"name": name}} if nested else {"name": name})}, None


def _allowed(value: dict[str, Any], path: str, prepared: Prepared, *, nested: bool) -> tuple[str, set[str]]:
    known = {"type": anything, "mode": one_of("auto", "required"), "tools": array}
    inner = value
    if nested:
        outer = kept(value, {"type": anything, "allowed_tools": mapping}, path, prepared.dropped)
        inner, path = require(outer, "allowed_tools", path), f"{path}.allowed_tools"
    found = kept(inner, known, path, prepared.dropped)
    at = f"{path}.tools"
    names = {
        _declared(kind(item, f"{at}[{place}]"), f"{at}[{place}]", prepared, nested=nested)
        for place, item in enumerate(require(found, "tools", path))
    }
    if not names:
        raise BadRequestError(f"{at} must name at least one tool.", code="empty_array", param=at)
    return found.get("mode", "auto"), names


def _declared(chosen: dict[str, Any], path: str, prepared: Prepared, *, nested: bool) -> str:
    at = f"{path}.function" if nested else path
    holder = mapping(require(chosen, "function", path), at) if nested else chosen
    name = string(require(holder, "name", at), f"{at}.name")
    if name not in prepared.names:
        raise BadRequestError(f"{at}.name is not one of the declared tools.", code="invalid_value", param=f"{at}.name")
    return name


_FLAT = {"type": anything, "name": string}
