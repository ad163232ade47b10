"""Words for people that go with a number."""

from __future__ import annotations

__all__ = ["many"]


def many(count: int, one: str, several: str | None = None) -> str:
    """Return a number with what is counted, in the form that the number takes.

    Parameters
    ----------
    count
        How many.
    one
        The word for one, with whatever follows it.
    several
        The words for any other number; the first with an s where it is left out.

    Examples
    --------
    >>> many(1, "role"), many(2, "role"), many(0, "policy of keys", "policies of keys"), many(1000, "line")
    ('1 role', '2 roles', '0 policies of keys', '1,000 lines')
    """
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
