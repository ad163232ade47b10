"""What a field of a line can be, as data: a JSON Schema, a page for people and a check are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Count", "Each", "Field", "Flag", "Kind", "Metrics", "Nested", "Number", "Numbers", "Text", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a form.

    Parameters
    ----------
    pattern
        A regular expression that all of it matches; JSON Schema's and Python's alike.
    form
        What that is, in a few words.
    """

    pattern: str
    form: str


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number, from 0 on."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, from 0 on."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How often, by name.

    Parameters
    ----------
    pattern
        What each name matches.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class Each:
    """A list."""

    of: Word | Text | Count | Each | Nested | Metrics


@dataclass(frozen=True, slots=True)
class Metrics:
    """What CloudWatch reads of a line: names of metrics and of their dimensions, which the code has, and nothing else.

    Its form is AWS's own
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
    """


@dataclass(frozen=True, slots=True)
class Nested:
    """An object with fields of its own."""

    fields: Mapping[str, Field]


Kind = Word | Text | Count | Number | Flag | Numbers | Each | Metrics | Nested


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a line.

    Parameters
    ----------
    kind
        What it can be.
    about
        What it says, as a sentence.
    null
        Whether it can be null as well.
    optional
        Whether it can be missing: so is every field that is added within a version.
    """

    kind: Kind
    about: str
    null: bool = False
    optional: bool = False
