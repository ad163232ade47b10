"""What a text reads where that is not what it says; a plain text is told at a glance, any other by :mod:`reading`.

That module has patterns and tables that take 5 ms to make, of a cold start of 70: it is loaded when a text needs it.
"""

from __future__ import annotations

from .plain import plain

__all__ = ["forms", "plain", "reach"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .view import View


def forms(text: str, *, disguises: bool = True, under: View | None = None) -> list[View]:
    """Return what a text reads, where it is something else than its letters say (:func:`reading.forms`)."""
    from . import reading

    return reading.forms(text, disguises=disguises, under=under)


def reach(text: str, visible: int) -> int:
    """Return how many characters at the end of a text read as so many (:func:`reading.reach`)."""
    if plain(text):
        return min(visible, len(text))
    from . import reading

    return reading.reach(text, visible)
