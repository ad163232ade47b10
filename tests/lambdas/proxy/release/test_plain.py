"""Guarantees: a glance by a table of bytes tells what a pattern and a look at each letter would."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.proxy.release.plain import plain

_SIGN = r"[ -/:-@\[-`{-~]"
_SPACED = re.compile(rf"{_SIGN}[A-Za-z]{_SIGN}{{1,3}}[A-Za-z]{_SIGN}{{1,3}}[A-Za-z](?![A-Za-z0-9])")


def spelled_out(text: str) -> bool:
    """The same, as plainly as can be: the oracle."""
    shown = text.isascii() and text.isprintable() and "\\" not in text and "  " not in text
    marked = "|" in text and "channel" in text
    return shown and not marked and _SPACED.search(text) is None


texts = st.lists(
    st.one_of(
        st.sampled_from(["a", "Z", "7", " ", ".", "-", "|", "channel", "\\", "\n", "\x7f", "~", '"', " a b c", "word"]),
        st.characters(),
    ),
    max_size=12,
).map("".join)


@given(texts)
@example(" a b c")
@example(" a.-_b|c1")
@example("<|channel|>")
def test_a_glance_tells_what_a_look_at_each_letter_would(text: str) -> None:
    assert plain(text) is spelled_out(text)


def test_every_character_is_of_its_kind() -> None:
    for code in range(0x180):
        for text in (chr(code), f" a{chr(code)}b c", f" a b c{chr(code)}", f"{chr(code)}a b c", f" {chr(code)} b c"):
            assert plain(text) is spelled_out(text), code
