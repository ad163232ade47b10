"""Whether a text says what it reads, told at a glance."""

from __future__ import annotations

import re

#: Letters apart from each other, told at a glance: what `letters` takes holds it.
_SPACED = re.compile(r"[ ._*,|/~-][A-Za-z][ ._*,|/~-][A-Za-z][ ._*,|/~-]")


def plain(text: str) -> bool:
    """Whether a text says what it reads, told at a glance: every small text of ASCII on one line does.

    Examples
    --------
    >>> plain("Write to a@b.com."), plain("Project  Nightjar")
    (True, False)
    """
    seen = text.isascii() and text.isprintable() and "\\" not in text and "  " not in text
    return seen and _SPACED.search(text) is None
