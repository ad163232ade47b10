"""Reading a body, and checking its fields: a mistake is a 400 that names the field, what was found, what is right.

Checking is closed: a field that OpenAI's API does not document for the route is refused, since what is not understood
cannot be guarded. ``null`` is the same as leaving a field out, as OpenAI's clients send it for "not given".
"""

from __future__ import annotations

import json

from ..core.errors import BadRequestError, TooLargeError
from ..core.jsontext import parse as parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from .splice import Body

    Check = Callable[[Any, str], Any]

#: Levels of nesting in a body; a schema of a tool seldom has 20.
DEPTH = 64
#: Characters of a name or an id.
NAME = 256

_INFINITY = float("inf")
_NAMES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", int: "an integer", float: "a number"}
_ENCODINGS = frozenset(("gzip", "x-gzip", "deflate", "br", "zstd", "compress", "aws-chunked"))
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_NOT_NAMED = frozenset("<|\\/>")
_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:|")


def parse(body: Body, limit: int) -> dict[str, Any]:
    """Read a body: one JSON object in UTF-8, without duplicate keys, not too deep, not too large.

    Parameters
    ----------
    limit
        Bytes that it may have.

    Raises
    ------
    TooLargeError, BadRequestError
        The sentence never quotes the body.
    """
    within(body.size, limit, images=bool(body.taken))
    decoder = _decoder(lambda pairs: _object(body.restored(pairs))) if body.taken else _DECODER
    data = body.data
    try:
        value = parse_json(data.decode(), decoder)
        # Without an escape no half of a surrogate pair can be in it, and with so few brackets it cannot be too deep.
        if b"\\u" in data or data.count(b"[") + data.count(b"{") > DEPTH:
            _measure(value)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadRequestError(f"The body is not valid JSON (at {where}).", code="invalid_json") from None
    except UnicodeError:
        raise BadRequestError(
            "The body is not UTF-8, or has half of a surrogate pair.", code="invalid_unicode"
        ) from None
    except RecursionError:
        raise BadRequestError(f"The body is nested deeper than {DEPTH} levels.", code="nested_too_deep") from None
    except ValueError:
        raise BadRequestError("The body has a number that is too large.", code="invalid_number") from None
    if not isinstance(value, dict):
        raise BadRequestError(f"The body must be a JSON object, not {_named(value)}.", code="invalid_type")
    return value


def uncompressed(encoding: str, body: bytes) -> None:
    """Refuse a compressed body by its name: as JSON it could only be called invalid.

    Parameters
    ----------
    encoding
        The value of ``Content-Encoding``, or nothing.
    """
    named = encoding.strip().lower()
    seen = next((name for magic, name in _MAGIC if body.startswith(magic)), None)
    if (named in ("", "identity") and seen is None) or body[:64].lstrip()[:1] in (b"{", b"["):
        return  # it is none, or what stands before the function has undone it
    shown = named if named in _ENCODINGS else seen or "an encoding that is not known"
    raise BadRequestError(
        f"The body is compressed (Content-Encoding: {shown}), which is not taken here: send the JSON as it is. In "
        "Codex, leave enable_request_compression off.",
        code="unsupported_content_encoding",
    )


def within(size: int, limit: int, *, images: bool = False) -> None:
    """Raise TooLargeError if a body of a size is over a limit; both in bytes.

    Parameters
    ----------
    images
        Whether there are some in it.
    """
    if size > limit:
        remedy = (
            "Smaller or fewer images are the usual remedy"
            if images
            else "Send less text: shorten the history, or what tools gave back"
        )
        raise TooLargeError(
            f"The request is {size} bytes; the limit is {limit} bytes. {remedy}.", code="request_too_large"
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        # Two readers of such a body may each see another value: what is guarded must be what the model gets.
        raise BadRequestError("The body has an object in which a key stands twice.", code="duplicate_key")
    return made


def _constant(_: str) -> float:
    raise BadRequestError("The body has NaN or Infinity, which are not JSON.", code="invalid_json")


def _float(text: str) -> float:
    number = float(text)
    if number in (_INFINITY, -_INFINITY):
        raise ValueError
    return number


def _decoder(hook: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=hook, parse_constant=_constant, parse_float=_float)


_DECODER = _decoder(_object)


def _measure(value: Any) -> None:
    """Raise RecursionError or UnicodeError for what could not be sent on."""
    level = [value]
    for _ in range(DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not item.isascii():
                item.encode()
        if not below:
            return
        level = below
    raise RecursionError


def _named(value: Any) -> str:
    return "null" if value is None else _NAMES.get(type(value), "something else")


def wrong_type(value: Any, path: str, wanted: str) -> BadRequestError:
    """Return the error for a value of the wrong type."""
    return BadRequestError(f"{path} must be {wanted}, not {_named(value)}.", code="invalid_type", param=path)


def unsupported(path: str, reason: str, code: str = "unsupported_parameter") -> BadRequestError:
    """Return the error for what is understood but not served."""
    return BadRequestError(f"{path} {reason}", code=code, param=path)


def fields(
    value: dict[str, Any], known: Mapping[str, Check], path: str = "", ignored: Collection[str] = ()
) -> dict[str, Any]:
    """Check an object's fields; return those that are given, without nulls and without the ignored ones."""
    checked = {}
    for name, item in value.items():
        if item is None or name in ignored:
            continue
        at = f"{path}.{name}" if path else name
        check = known.get(name)
        if check is None:
            shown = at if len(at) <= NAME and at.isprintable() else "a field"
            raise BadRequestError(
                f"Unknown parameter: {shown}. Nothing is passed on that could not be checked and guarded.",
                code="unknown_parameter",
                param=shown,
            )
        checked[name] = check(item, at)
    return checked


def kept(
    value: dict[str, Any],
    known: Mapping[str, Check],
    path: str,
    dropped: dict[str, None],
    ignored: Collection[str] = (),
) -> dict[str, Any]:
    """Check an object of the history or a tool: as ``fields`` does, but what is not known is dropped, and noted.

    SDKs and agents mark what they replay (``parsed``, ``cache_control``, ``index``…), which OpenAI's API takes in
    silence (https://github.com/vllm-project/vllm/issues/10463). Only what is known is sent, so a mark reaches nobody.
    """
    checked = {}
    for name, item in value.items():
        if item is None or name in ignored:
            continue
        check = known.get(name)
        if check is None:
            dropped[name] = None
        else:
            checked[name] = check(item, f"{path}.{name}")
    return checked


def require(value: Mapping[str, Any], name: str, path: str = "") -> Any:
    """Return a field that must be there."""
    if value.get(name) is None:
        at = f"{path}.{name}" if path else name
        raise BadRequestError(f"{at} is required.", code="missing_required_parameter", param=at)
    return value[name]


def anything(value: Any, path: str) -> Any:
    """Take any value: it is looked at elsewhere."""
    del path
    return value


def boolean(value: Any, path: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise wrong_type(value, path, "a boolean")
    return value


def string(value: Any, path: str) -> str:
    """Take any string."""
    if not isinstance(value, str):
        raise wrong_type(value, path, "a string")
    return value


def identifier(value: Any, path: str) -> str:
    """Take an id: a word of letters, digits and ``_-.:|``; it is not shown to the guardrail, so it can say nothing."""
    if not (0 < len(string(value, path)) <= NAME and _ID.issuperset(value)):
        raise BadRequestError(
            f"{path} must be 1 to {NAME} letters, digits or any of _-.:|", code="invalid_value", param=path
        )
    return str(value)


def nickname(value: Any, path: str) -> str:
    """Take the name of a message's author, by OpenAI's rule: no space, and none of ``<|\\/>``."""
    if not 0 < len(string(value, path)) <= NAME or not _NOT_NAMED.isdisjoint(value) or value != "".join(value.split()):
        raise BadRequestError(
            f"Invalid '{path}': expected 1 to {NAME} characters without a space and without any of < | \\ / >, "
            "that is, a string that matches the pattern '^[^\\s<|\\\\/>]+$'.",
            code="invalid_value",
            param=path,
        )
    return str(value)


def mapping(value: Any, path: str) -> dict[str, Any]:
    """Take an object."""
    if not isinstance(value, dict):
        raise wrong_type(value, path, "an object")
    return value


def array(value: Any, path: str) -> list[Any]:
    """Take an array."""
    if not isinstance(value, list):
        raise wrong_type(value, path, "an array")
    return value


def integer(low: int, high: int = 2**31 - 1) -> Check:
    """Take an integer in a range."""

    def check(value: Any, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(value, path, "an integer")
        if not low <= value <= high:
            code = "integer_below_min_value" if value < low else "integer_above_max_value"
            raise BadRequestError(f"{path} must be from {low} to {high}.", code=code, param=path)
        return value

    return check


def number(low: float, high: float) -> Check:
    """Take a number in a range."""

    def check(value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(value, path, "a number")
        if not low <= value <= high:
            code = "decimal_below_min_value" if value < low else "decimal_above_max_value"
            raise BadRequestError(f"{path} must be from {low:g} to {high:g}.", code=code, param=path)
        return value

    return check


def one_of(*allowed: str) -> Check:
    """Take one of these strings."""

    def check(value: Any, path: str) -> str:
        if string(value, path) not in allowed:
            raise BadRequestError(f"{path} must be one of: {', '.join(allowed)}.", code="invalid_value", param=path)
        return str(value)

    return check


def refused(reason: str, *, harmless: tuple[Any, ...] = (), code: str = "unsupported_parameter") -> Check:
    """Take nothing but the harmless values, for which the field need not have been given."""

    def check(value: Any, path: str) -> Any:
        # 0 is not False here, and 1 not True.
        if any(value == item and type(value) is type(item) for item in harmless):
            return value
        raise unsupported(path, reason, code)

    return check
