"""YAML read with the line of everything kept, so that a mistake found later can be pointed at.

Less than YAML on purpose: text, numbers, booleans, dates, lists and mappings. A duplicate key is a mistake (PyYAML
would keep the last one silently), so are tags, and anchors anywhere but in the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stacks.settings.errors import Mistake, shown
from stacks.settings.syntax import no_yaml

__all__ = ["Document", "Place", "dotted", "read"]

_TAG = "tag:yaml.org,2002:"
_SCALARS = {_TAG + name for name in ("str", "int", "float", "bool", "null", "timestamp")}
_LIMIT = 1_000_000  # bytes; the guardrail's 10,000 words of 100 characters just fit
_DEPTH = 20
Place = tuple[str | int, ...]
"""Where a value stands: keys and list indices from the top of the file."""


def dotted(place: Place) -> str:
    """Write a place as a person would.

    Examples
    --------
    >>> dotted(("guardrail", "topics", 0, "name"))
    'guardrail.topics[0].name'
    """
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Document:
    """One file's data, and the line of each place in it.

    Parameters
    ----------
    file
        The file's name for messages.
    data
        What the file says; lists are tuples.
    lines
        The line of each place, counted from 1.
    """

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Place, int] = field(repr=False)

    def mistake(self, place: Place, found: str, right: str) -> Mistake:
        """Make a mistake that points at a place, or at the nearest one around it that the file has."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return Mistake(self.file, self.lines.get(known, 1), dotted(place), found, right)

    def get(self, *place: str | int) -> Any:
        """Return what stands at a place, or None: for checks of files that may have other mistakes."""
        value: Any = self.data
        for part in place:
            if isinstance(value, dict) and isinstance(part, str):
                value = value.get(part)
            elif isinstance(value, tuple) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def text(self, *place: str | int) -> str | None:
        """Return the text at a place, or None when it is anything else."""
        value = self.get(*place)
        return value if isinstance(value, str) else None

    def texts(self, *place: str | int) -> list[tuple[int, str]]:
        """Return the texts of the list at a place with their indices, leaving out what is not text."""
        value = self.get(*place)
        return [(i, item) for i, item in enumerate(value) if isinstance(item, str)] if isinstance(value, tuple) else []


def read(path: Path, file: str, mistakes: list[Mistake], *, anchors: bool = False) -> Document | None:
    """Read one YAML file.

    Parameters
    ----------
    path
        The file.
    file
        Its name for messages.
    mistakes
        What is wrong is added here.
    anchors
        Whether YAML's anchors, aliases and merge keys may be used.

    Returns
    -------
    Document | None
        None when nothing of the file can be used.
    """
    text = _text(path, file, mistakes)
    if text is None:
        return None
    try:
        if refused := _refused(text, file, anchors):
            mistakes.append(refused)
            return None
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mistakes.append(no_yaml(text, file, error))
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.append(Mistake(file, line, "", "found a control character", "remove it"))
        return None
    if not isinstance(node, yaml.MappingNode):
        found = "the file is empty" if node is None else "found no mapping at the top"
        mistakes.append(Mistake(file, 1, "", found, "write 'key: value' lines"))
        return None
    builder = _Builder(file, mistakes, anchors)
    try:
        return Document(file, builder.mapping(node, ()), builder.lines)
    except RecursionError:  # an alias to a list or mapping that it stands in
        mistakes.append(Mistake(file, 1, "", "an alias refers to what it stands in", "write the value out"))
        return None


def _refused(text: str, file: str, anchors: bool) -> Mistake | None:
    """Find what is YAML, but nothing to build values from: before any is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if not anchors and getattr(event, "anchor", None) is not None:
            return Mistake(file, line, "", "found a YAML anchor or alias", "write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            return Mistake(file, line, "", "nested too deeply", "a few levels are all that is needed")
    return None


def _text(path: Path, file: str, mistakes: list[Mistake]) -> str | None:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LIMIT + 1)
    except FileNotFoundError:
        mistakes.append(Mistake(file, 0, "", "no such file", "create it"))
        return None
    except OSError as error:
        mistakes.append(Mistake(file, 0, "", f"cannot be read ({error.strerror})", "make it a readable file"))
        return None
    if len(raw) > _LIMIT:
        mistakes.append(Mistake(file, 0, "", f"larger than {_LIMIT:,} bytes", "make it smaller"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        mistakes.append(Mistake(file, line, "", "not UTF-8", "save the file in UTF-8"))
        return None


class _Builder:
    """Turns nodes into values and notes where each came from."""

    def __init__(self, file: str, mistakes: list[Mistake], anchors: bool) -> None:
        self.file, self.mistakes, self.anchors = file, mistakes, anchors
        self.lines: dict[Place, int] = {}
        self.scalars = yaml.constructor.SafeConstructor()

    def wrong(self, node: yaml.Node, place: Place, found: str, right: str) -> None:
        self.mistakes.append(Mistake(self.file, node.start_mark.line + 1, dotted(place), found, right))

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return tuple(self.value(item, (*place, i)) for i, item in enumerate(node.value))
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            try:
                return self.scalars.construct_object(node)
            except ValueError:
                self.wrong(node, place, f"found {shown(node.value)}, no real number or date", "correct it")
                return None
        self.wrong(
            node,
            place,
            f"found the YAML tag {shown(node.tag)}",
            "only text, numbers, true or false, lists and mappings are used here",
        )
        return None

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: list[tuple[yaml.Node, yaml.Node]] = []
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                merged += self.merge(key, value, place)
            else:
                self.entry(found, key, value, place, first=True)
        for key, value in merged:
            self.entry(found, key, value, place, first=False)
        return found

    def entry(self, found: dict[str, Any], key: yaml.Node, value: yaml.Node, place: Place, *, first: bool) -> None:
        if not isinstance(key, yaml.ScalarNode) or key.tag != _TAG + "str":
            text = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            self.wrong(key, place, f"found the key {shown(text)}, which YAML takes for no text", "put it in quotes")
        elif key.value not in found:
            self.lines[(*place, key.value)] = key.start_mark.line + 1
            found[key.value] = self.value(value, (*place, key.value))
        elif first:
            earlier = self.lines[(*place, key.value)]
            self.wrong(key, (*place, key.value), f"found twice, first on line {earlier}", "keep one of them")

    def merge(self, key: yaml.Node, value: yaml.Node, place: Place) -> list[tuple[yaml.Node, yaml.Node]]:
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        if not self.anchors or not all(isinstance(source, yaml.MappingNode) for source in sources):
            self.wrong(key, place, "found the merge key '<<'", "write the values out")
            return []
        return [pair for source in sources for pair in source.value]
