"""What a waiver is about: a text with placeholders, each of which stands for one thing of a bounded kind."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_ARCHIVE = r"[a-z0-9-]{1,20}-audit-[a-z0-9-]{1,20}-[0-9a-f]{10}/"
#: Placeholders, and what each stands for. There is none for any text.
KINDS: Mapping[str, str] = {
    "deployment": r"[A-Za-z][A-Za-z0-9-]{0,40}",
    "team": r"[a-z][a-z0-9-]{0,40}",
    "region": r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}",
    "account": r"\d{12}|<AWS::AccountId>",
    "partition": r"aws|aws-cn|aws-us-gov",
    "number": r"\d{1,3}",
    "hash": r"[0-9A-F]{8}",
    "archive": rf"{_ARCHIVE}[a-z0-9-]{{1,20}}/",
    "place": rf"(?!{_ARCHIVE})[a-z0-9][a-z0-9.-]{{1,62}}/(?:[^\s*?]*/?)?",
    "opened": rf"(?!{_ARCHIVE})[a-z0-9][a-z0-9-]{{1,62}}/[^\s*?]+/",
    "function": r"[A-Za-z][A-Za-z0-9]{0,40}",
}
#: `{proxy+}` is API Gateway's own way to write a path, and stands for itself.
_PLACEHOLDER = re.compile(r"\{((?!proxy\+)[^{}]*)\}")
#: Letters that each part of a path has beside its placeholders.
_LITERAL = 3


class TooBroadError(ValueError):
    """A pattern covers more than can be looked at, or has a placeholder that is not known. The message says which."""


@dataclass(frozen=True)
class Pattern:
    """A text with placeholders: `{team}` and others of `KINDS`, and `{this|that}` for one of several words.

    Example
    -------
    >>> proxy = Pattern("{deployment}-Team-{team}/{Proxy|Authorizer}/Function/Resource")
    >>> proxy.matches("Cloister-Team-atlas/Proxy/Function/Resource")
    True
    >>> proxy.matches("Cloister-Team-atlas/Other/Function/Resource")
    False
    """

    text: str

    def narrow(self) -> Pattern:
        """Return it, if it is about few enough resources.

        Raises
        ------
        TooBroadError
            If it has a wildcard, or a part of its path is a placeholder and hardly anything else.
        """
        if "/" not in self.text.strip("/"):
            raise TooBroadError(f"{self.text!r} is no resource of a stack: STACK/ID, or a path of constructs, is right")
        for part in self.text.split("/"):
            literal = _PLACEHOLDER.sub(lambda found: found[1] if "|" in found[1] else "", part)
            if "*" in part or "?" in part:
                raise TooBroadError(f"{self.text!r} has a wildcard: a placeholder stands for one thing, {_kinds()}")
            if len(literal) < _LITERAL:
                raise TooBroadError(f"{part!r} in {self.text!r} stands for nearly anything: name more of it")
        self._expression  # noqa: B018 - a placeholder that is not known is refused here
        return self

    def matches(self, text: str) -> bool:
        """Whether a text is one of those that it stands for."""
        return self._expression.fullmatch(text) is not None

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        pieces = _PLACEHOLDER.split(self.text)
        return re.compile(
            "".join(re.escape(piece) if n % 2 == 0 else f"(?:{_kind(piece)})" for n, piece in enumerate(pieces))
        )

    def texts(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """Return every text that it stands for, with values for its placeholders; one without values stays.

        Example
        -------
        >>> Pattern("{deployment}-Network/Acl/{A|B}{number}").texts({"deployment": ["Cloister"]})
        ['Cloister-Network/Acl/A{number}', 'Cloister-Network/Acl/B{number}']
        """
        pieces: list[Iterable[str]] = []
        for n, piece in enumerate(_PLACEHOLDER.split(self.text)):
            known = [piece] if n % 2 == 0 else piece.split("|") if "|" in piece else values.get(piece, [f"{{{piece}}}"])
            pieces.append(known)
        return ["".join(parts) for parts in itertools.product(*pieces)]


def _kind(name: str) -> str:
    if "|" in name:
        return "|".join(re.escape(word) for word in name.split("|"))
    if name not in KINDS:
        raise TooBroadError(f"{{{name}}} is no placeholder: {_kinds()}")
    return KINDS[name]


def _kinds() -> str:
    return ", ".join(f"{{{name}}}" for name in KINDS) + " or {one|other}"
