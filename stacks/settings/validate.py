"""A document made into a typed value, with pydantic's errors put into the words of the file's author."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from stacks.settings.errors import Mistake, shown
from stacks.settings.source import Document, Place, dotted

__all__ = ["nearest", "validate"]

_M = TypeVar("_M", bound=BaseModel)

_FEW = 12  # choices that are all named beside the likely one
_QUOTE = " (YAML reads yes, no, on and off as true or false: put it in quotes)"

# What pydantic calls a wrong type, and what a person would write.
_TYPES = {
    "string_type": "needs a text; put it in quotes",
    "int_type": "needs a whole number",
    "float_type": "needs a number",
    "bool_type": "needs true or false",
    "tuple_type": "needs a list: '[a, b]', or lines that start with '- '",
    "dict_type": "needs a mapping: 'key: value' lines",
    "model_type": "needs a mapping: 'key: value' lines",
    "date_type": "needs a date, as 2026-11-23",
    "finite_number": "needs a finite number",
}


def nearest(word: object, known: Iterable[str]) -> str:
    """Name the known word that was probably meant, and all of them.

    Examples
    --------
    >>> nearest("flexx", ["default", "flex"])
    "did you mean 'flex'? (one of default, flex)"
    >>> nearest("EMIAL", ["EMAIL", *"abcdefghijkl"])  # a long list is left out when the answer is likely
    "did you mean 'EMAIL'?"
    >>> nearest("x", ["default", "flex"])
    'needs one of default, flex'
    """
    words = list(known)
    close = difflib.get_close_matches(str(word), words, n=1) or [
        w for w in words if w.casefold() == str(word).casefold()
    ]
    everything = f"one of {', '.join(words)}"
    if not close:
        return f"needs {everything}"
    return f"did you mean '{close[0]}'?" + (f" ({everything})" if len(words) <= _FEW else "")


def validate(model: type[_M], document: Document, mistakes: list[Mistake]) -> _M | None:
    """Make a document's data a model, or add what is wrong with it to the mistakes."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        unread = {mistake.field for mistake in mistakes if mistake.file == document.file}
        found = [_mistake(model, document, detail) for detail in error.errors(include_url=False)]
        mistakes.extend(mistake for mistake in found if mistake.field not in unread)
        return None


def _mistake(model: type[BaseModel], document: Document, detail: ErrorDetails) -> Mistake:
    is_key = detail["loc"][-1:] == ("[key]",)
    where: Place = detail["loc"][:-1] if is_key else detail["loc"]
    place = _written(model, where)
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "union_tag_invalid":  # the value of the key that says which model of several is meant
        tag = context["tag"]
        key = str(context["discriminator"]).removesuffix("()").removeprefix("_")
        return document.mistake((*place, key), f"found {shown(tag)}", nearest(tag, _tagged(_at(model, where))))
    inner = _at(model, where[:-1])
    if kind == "extra_forbidden" or is_key:
        return document.mistake(place, "unknown key", nearest(place[-1], _keys(inner)))
    if kind == "missing":
        about = inner.model_fields[str(place[-1])].description if _is_model(inner) else ""
        return document.mistake(place, "missing", f"add it under {_parent(place)}: {about}")
    if kind == "literal_error":
        right = nearest(value, _choices(_at(model, where)))
    else:
        right = context["right"] if kind == "cloister" else _TYPES.get(kind, detail["msg"])
    if isinstance(value, bool) and kind in ("literal_error", "string_type"):
        right = right.removesuffix("; put it in quotes") + _QUOTE
    return document.mistake(place, context.get("found") or f"found {shown(value)}", right)


def _parent(place: Place) -> str:
    return f"'{dotted(place[:-1])}'" if len(place) > 1 else "the top of the file"


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _keys(kind: Any) -> list[str]:
    if _is_model(kind):
        return list(kind.model_fields)
    return _choices(get_args(kind)[0]) if _is_mapping(kind) else []


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is not None and issubclass(get_origin(kind), Mapping)


def _tagged(kind: Any) -> dict[str, Any]:
    """Return the models of a tagged union by their tags; of anything else, nothing."""
    if get_origin(kind) not in (Union, types.UnionType):
        return {}
    return {
        meta.tag: get_args(option)[0]
        for option in get_args(kind)
        for meta in getattr(option, "__metadata__", ())
        if isinstance(meta, Tag)
    }


def _written(kind: Any, where: Place) -> Place:
    """Leave out what pydantic puts into a place and nobody wrote: which model of several it took."""
    return tuple(part for index, part in enumerate(where) if part not in _tagged(_at(kind, where[:index])))


def _choices(kind: Any) -> list[str]:
    return [str(choice) for choice in get_args(kind)] if get_origin(kind) is Literal else []


def _bare(kind: Any) -> Any:
    """Take the annotations and the None off a type."""
    while True:
        if hasattr(kind, "__metadata__"):
            kind = get_args(kind)[0]
        elif _tagged(kind):
            return kind
        elif isinstance(kind, types.UnionType) or (get_origin(kind) is not None and type(None) in get_args(kind)):
            kind = next(option for option in get_args(kind) if option is not type(None))
        else:
            return kind


def _at(kind: Any, place: Place) -> Any:
    """Find the type that the model gives to a place."""
    for part in place:
        kind = _bare(kind)
        if part in _tagged(kind):
            kind = _tagged(kind)[str(part)]
        elif _is_model(kind) and part in kind.model_fields:
            kind = kind.model_fields[part].annotation
        elif _is_mapping(kind):
            kind = get_args(kind)[1]
        elif get_origin(kind) is tuple:
            kind = get_args(kind)[0]
        else:
            return None
    return _bare(kind)
