"""Where a value stands in a template's file: the line that a reviewer opens to see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from review.assembly import Assembly, Resource

Json = Any
Path_ = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|\n|[^\s{}\[\],:"]+')


@dataclass(frozen=True)
class Line:
    """A line that answers a question: where it stands, what it is about, and what it says.

    Attributes
    ----------
    file, number
        The file, and the line in it from 1; 0 where there is no such line.
    about
        `STACK/LOGICAL-ID` with the properties' names, or the id of a rule or claim.
    says
        The value.
    """

    file: str
    number: int
    about: str
    says: str

    @property
    def place(self) -> str:
        """The file with the line.

        Example
        -------
        >>> Line("A.template.json", 7, "A/Key.Properties.EnableKeyRotation", "true").place
        'A.template.json:7'
        """
        return f"{self.file}:{self.number}" if self.number else self.file


class Sources:
    """The templates' files.

    Parameters
    ----------
    assembly
        What was read from them.
    folder
        Where they are.
    """

    def __init__(self, assembly: Assembly, folder: Path) -> None:
        self._assembly = assembly
        self._folder = folder
        self._lines: dict[str, Mapping[Path_, int]] = {}

    def line(self, resource: Resource, path: Path_, says: str) -> Line:
        """Return the line of a property; of the nearest thing around it that has one, if it has none of its own."""
        file = self._assembly.by_stack[resource.stack].file or resource.stack
        lines = self._of(file)
        whole: Path_ = ("Resources", resource.id, *path)
        number = next((lines[whole[:n]] for n in range(len(whole), 1, -1) if whole[:n] in lines), 0)
        about = ".".join([resource.place, *(str(part) for part in path)])
        return Line(file, number, about, says)

    def _of(self, file: str) -> Mapping[Path_, int]:
        if file not in self._lines:
            path = self._folder / file
            try:
                text = path.read_text("utf-8")
            except OSError:
                text = ""
            self._lines[file] = json_lines(text) if path.suffix == ".json" else _Yaml(text).lines
        return self._lines[file]


def json_lines(text: str) -> dict[Path_, int]:
    """Return the line of every key and every element of a JSON text, by its path.

    Example
    -------
    >>> json_lines('{\\n "a": [\\n  1,\\n  {"b": 2}\\n ]\\n}')
    {('a',): 2, ('a', 0): 3, ('a', 1): 4, ('a', 1, 'b'): 4}
    """
    found: dict[Path_, int] = {}
    path: list[str | int] = []
    inside: list[str] = []  # the brackets that are open
    number, key, begins = 1, "", False
    for piece in _TOKEN.findall(text):
        if piece == "\n":
            number += 1
            continue
        if inside and inside[-1] == "[" and piece not in ("]", ",") and begins:
            found[tuple(path)] = number
            begins = False
        if piece in "{[":
            inside.append(piece)
            path.append(0 if piece == "[" else "")
            begins = piece == "["
        elif piece in "}]":
            if inside:
                inside.pop()
                path.pop()
            begins = False
        elif piece == ",":
            if inside and inside[-1] == "[":
                path[-1] = int(path[-1]) + 1
                begins = True
        elif piece == ":":
            path[-1] = key
            found[tuple(path)] = number
        else:
            key = piece[1:-1]
    return found


class _Yaml:
    """The lines of a YAML template."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def lines(self) -> Mapping[Path_, int]:
        found: dict[Path_, int] = {}
        root = yaml.compose(self._text, Loader=yaml.SafeLoader)
        if root is not None:
            self._walk(root, (), found)
        return found

    def _walk(self, node: yaml.Node, path: Path_, found: dict[Path_, int]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                found[(*path, str(key.value))] = key.start_mark.line + 1
                self._walk(value, (*path, str(key.value)), found)
        elif isinstance(node, yaml.SequenceNode):
            for n, value in enumerate(node.value):
                found[(*path, n)] = value.start_mark.line + 1
                self._walk(value, (*path, n), found)
