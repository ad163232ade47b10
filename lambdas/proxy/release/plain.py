"""Whether a text says what it reads, told at a glance."""

from __future__ import annotations

import re

#: Letters apart from each other, told at a glance: what `letters` takes holds it.
_SIGN = r"[ -/:-@\[-`{-~]"
_SPACED = re.compile(rf"{_SIGN}[A-Za-z]{_SIGN}{{1,3}}[A-Za-z]{_SIGN}{{1,3}}[A-Za-z](?![A-Za-z0-9])")


def plain(text: str) -> bool:
    """Whether a text says what it reads, told at a glance: every small text of ASCII on one line does.

    Examples
    --------
    >>> plain("Write to a@b.com."), plain("Project  Nightjar")
    (True, False)
    """
    seen = text.isascii() and text.isprintable() and "\\" not in text and "  " not in text
    if not seen or _SPACED.search(text) is not None:
        return False
    return "|" not in text or "channel" not in text  # a mark that the model's template takes out
