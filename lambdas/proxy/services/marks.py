"""What was masked, by kind and number: said in a header, in a comment at the end of a stream, and in the record."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..release.verdict import Verdict

#: Names of the header, and of the comment, for what came in and what goes out.
HEADERS = {"input": "x-cloister-masked-input", "output": "x-cloister-masked-output"}
#: What the kinds are called that say nothing by their name: a filter's own may be any text.
OTHER = "OTHER"
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def count(texts: Sequence[str], verdict: Verdict, found: dict[str, int]) -> None:
    """Add what a verdict masked in some texts.

    Parameters
    ----------
    found
        How often, by kind; is added to.
    """
    for text, masked in zip(texts, verdict.texts, strict=True):
        if masked is not None:
            add(masked, verdict, found, text)


def add(masked: str, verdict: Verdict, found: dict[str, int], text: str = "") -> None:
    """Add the marks that stand in a masked text, and did not stand in the text before."""
    known = {mark for mark, _ in verdict.matches}
    numbers = {mark: masked.count(mark) - text.count(mark) for mark in known if mark}
    if not numbers and text != masked and text:
        numbers = {OTHER: 1}  # it did not say what
    for mark, number in numbers.items():
        if number > 0:
            name = mark.strip("{}")
            kind = name if name and len(name) <= 64 and _NAME.issuperset(name) else OTHER
            found[kind] = found.get(kind, 0) + number


def said(found: Mapping[str, int]) -> str:
    """Return kinds and numbers as a header has them.

    Examples
    --------
    >>> said({"EMAIL": 2, "PHONE": 1})
    'EMAIL=2, PHONE=1'
    """
    return ", ".join(f"{kind}={number}" for kind, number in sorted(found.items()))
