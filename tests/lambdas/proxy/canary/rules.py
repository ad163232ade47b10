"""Requests with a canary in every place that can hold a text, made from the rules for fields themselves.

Whatever object of a body is checked, ``check.fields`` or ``check.kept`` is told its fields; so that is where they are
learned, as a request is prepared. Each is given texts in many forms. What is refused says what would be right, and that
is tried next: so a field, a kind of part or a role that is new is found without anybody's thinking of it here.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from lambdas.proxy.core.catalogue import Model
from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.openai.adapter import Adapter
from lambdas.proxy.request import check
from tests.canary import Canary

#: Corrections that a request may need until it is taken.
STEPS = 12


def image(canary: Canary) -> str:
    """An image with a canary among its bytes."""
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(64)) + canary.word.encode() + canary.text.encode()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


class Tried(NamedTuple):
    """A request.

    Attributes
    ----------
    place
        The field that it is about: ``messages[].content``.
    body
        With the canary in it.
    refused
        Code of what the rules say of it; None: it is taken.
    """

    place: str
    body: dict[str, Any]
    refused: str | None


def forms(canary: Canary) -> list[Any]:
    """Every form in which a field may take a text, and those by which an object is begun."""
    word, text = canary.word, canary.text
    return [
        *(text, word, [text], [word], {text: text}, {word: word}, [{word: text}], [{}], {}),
        *(json.dumps({text: [text]}), f"s3://pictures/atlas/{word}.png", 1, True),
    ]


Seen = list[tuple[str, frozenset[str]]]


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Note each object that is checked: its path, and the fields that it may have."""
    seen: Seen = []

    def fields(
        value: dict[str, Any], known: Mapping[str, check.Check], path: str = "", *rest: Any, **more: Any
    ) -> dict[str, Any]:
        seen.append((path, frozenset(known)))
        return plain(value, known, path, *rest, **more)

    def kept(
        value: dict[str, Any], known: Mapping[str, check.Check], path: str, *rest: Any, **more: Any
    ) -> dict[str, Any]:
        seen.append((path, frozenset(known)))
        return dropping(value, known, path, *rest, **more)

    plain, dropping = check.fields, check.kept
    with monkeypatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("lambdas.proxy."):
                for attribute, replaced, by in (("fields", plain, fields), ("kept", dropping, kept)):
                    if vars(module).get(attribute) is replaced:
                        patch.setattr(module, attribute, by)
        yield seen


class Walk:
    """The requests of one API, found as they are asked for.

    Parameters
    ----------
    seen
        Of ``listening``.
    """

    def __init__(self, adapter: Adapter, model: Model, canary: Canary, seen: Seen) -> None:
        self._adapter, self._model, self._canary, self._seen = adapter, model, canary, seen
        self._samples: dict[str, Any] = {}  # a field's value that was taken
        self.tries = 0

    def requests(self) -> Iterator[Tried]:
        """Yield requests, each field of each object in each form, no request twice."""
        yielded: set[str] = set()
        done: set[tuple[str, frozenset[str]]] = set()
        waiting = [body for body, code in self._right({"model": self._model.id}) if code is None]
        while waiting:
            body = waiting.pop()
            for path, known in self._objects(body):
                kind = (re.sub(r"\d+", "", path), known)
                if kind in done:
                    continue
                done.add(kind)
                for tried in self._fields(body, path, sorted(known)):
                    written = json.dumps(tried.body)
                    if written in yielded:
                        continue
                    yielded.add(written)
                    if tried.refused is None:
                        waiting.append(tried.body)
                    yield tried

    def _fields(self, body: dict[str, Any], path: str, known: list[str]) -> Iterator[Tried]:
        canary = self._canary
        for name in known:
            place = f"{path}.{name}" if path else name
            for form in forms(canary):
                for made, code in self._right(_with(body, [*_parts(path), name], form)):
                    if code is None:
                        self._samples[place] = _at(made, [*_parts(path), name])
                    yield Tried(re.sub(r"\d+", "", place), made, code)
        for name in (canary.word, canary.text):
            for form in (canary.text, None, 1, {canary.text: None}):
                made = _with(body, [*_parts(path), name], form)
                yield Tried(f"{path}.?", made, self._refused(made)[0])

    def _objects(self, body: dict[str, Any]) -> Seen:
        self._seen.clear()
        self._refused(body)
        return list(self._seen)

    def _right(self, body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
        """Yield what becomes of a body as what is said of it is done; the first is the body itself."""
        waiting = [(body, 0)]
        known: set[str] = set()
        while waiting:
            body, steps = waiting.pop(0)
            written = json.dumps(body)
            if written in known:
                continue
            known.add(written)
            code, param, message = self._refused(body)
            yield body, code
            if code is not None and param and steps < STEPS:
                waiting += [(made, steps + 1) for made in self._corrected(body, param, message)]

    def _refused(self, body: dict[str, Any]) -> tuple[str | None, str | None, str]:
        self.tries += 1
        try:
            self._adapter.prepare(copy.deepcopy(body), self._model, "default")
        except ProxyError as error:
            return error.code, error.param, error.message
        return None, None, ""

    def _corrected(self, body: dict[str, Any], param: str, message: str) -> Iterator[dict[str, Any]]:
        """Yield a body as its error says that it would be right."""
        if self._canary.word in param or self._canary.text in param:
            return
        if needed := re.search(r"needs (\w+): true", message):
            yield _with(body, [needed[1]], True)
            return
        if "declared tools" in message or "there are no tools" in message:
            if "tools" in self._samples and "tools" not in body:
                yield _with(body, ["tools"], self._samples["tools"])
            elif param.endswith(".name"):
                yield _with(body, _parts(param), self._canary.word)
            return
        for value in self._meant(message, _at(body, _parts(param))):
            yield _with(body, _parts(param), value)

    def _meant(self, message: str, found: Any) -> list[Any]:
        canary = self._canary
        for words, value in (
            ("is required", canary.text),
            ("must hold at least one", [{}]),
            ("must name at least one", [{}]),
            ("must be an object", {}),
            ("must be an array", [{}]),
            ("must be a string", canary.text),
            ("must be a boolean", True),
            ("must be an integer", 1),
            ("must be a number", 1),
            ("letters, digits", canary.word),
            ("without a space", canary.word),
            ("must be a data URL", image(canary)),
            ("must be PNG or JPEG", image(canary)),
            ("at most 16 strings", {canary.word: canary.text}),
            ("under the number of a token", {"1": 1}),
        ):
            if words in message and value != found:
                return [value]
        if low := re.search(r"must be from (-?\d+)", message):
            return [int(low[1])]
        choices = re.search(r"must be (?:one of: )?('?[a-z_]+'?(?:(?:, | or )'?[a-z_.]+'?)*)(?: in a|[.:]|$)", message)
        return [word.strip("'.") for word in re.split(", | or ", choices[1])] if choices else []


def _parts(path: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]


def _at(body: Any, parts: list[str | int]) -> Any:
    for part in parts:
        try:
            body = body[part]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _with(body: dict[str, Any], parts: list[Any], value: Any) -> dict[str, Any]:
    """Return a copy in which a value stands at a place; what would hold it is made."""
    made = copy.deepcopy(body)
    inner: Any = made
    for part in parts[:-1]:
        if isinstance(inner, dict):
            if not isinstance(inner.get(part), dict | list):
                inner[part] = {}
            inner = inner[part]
        elif isinstance(inner, list) and isinstance(part, int) and part < len(inner):
            if not isinstance(inner[part], dict | list):
                inner[part] = {}
            inner = inner[part]
        else:
            return made
    if isinstance(inner, dict) or (isinstance(inner, list) and isinstance(parts[-1], int) and parts[-1] < len(inner)):
        inner[parts[-1]] = copy.deepcopy(value)
    return made
