"""What callers had a say in, so written that neither a line nor a field nor a spreadsheet takes it for anything else.

Names of sessions may begin with ``=``, ``+``, ``-`` or ``@``, by which a spreadsheet knows a formula, and may have
commas (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, ``RoleSessionName``).
"""

from __future__ import annotations

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME = _LETTERS | frozenset("_.-@+")
_ARN = _NAME | frozenset(":/=,")
_ID = _LETTERS | frozenset("_-=.:")
_ADDRESS = frozenset("0123456789abcdefABCDEF.:")
_HEX = frozenset("0123456789abcdef")
_LONGEST_ARN, _LONGEST_NAME, _LONGEST_ID, _LONGEST_ADDRESS = 2048, 256, 128, 45

__all__ = ["address", "endpoint", "id", "principal", "session"]


def principal(arn: str | None) -> str | None:
    """Return the ARN of a caller, with every character that no ARN of AWS's has percent-encoded.

    Examples
    --------
    >>> principal("arn:aws:sts::123456789012:assumed-role/dev/anna@example.com")
    'arn:aws:sts::123456789012:assumed-role/dev/anna@example.com'
    >>> principal('=cmd|"x"')
    '%3Dcmd%7C%22x%22'
    """
    return None if arn is None else _written(arn, _ARN, _LONGEST_ARN)


def session(arn: str | None) -> str | None:
    """Return the name of a caller's session, or of a user: the last part of its ARN.

    Examples
    --------
    >>> session("arn:aws:sts::123456789012:assumed-role/dev/=1+2,x")
    '%3D1+2%2Cx'
    >>> session("arn:aws:sts::123456789012:assumed-role/dev/anna")
    'anna'
    """
    return None if arn is None else _written(arn.rpartition("/")[2], _NAME, _LONGEST_NAME)


def id(text: str | None) -> str | None:
    """Return an id that a service of AWS has given.

    Examples
    --------
    >>> id("c6af9ac6-7b61-11e6-9a41-93e8deadbeef"), id("a b")
    ('c6af9ac6-7b61-11e6-9a41-93e8deadbeef', 'a%20b')
    """
    return None if text is None else _written(text, _ID, _LONGEST_ID)


def endpoint(text: object) -> str | None:
    """Return the id of the endpoint that a request came by; None if it is none.

    Examples
    --------
    >>> endpoint("vpce-0123456789abcdef0"), endpoint("vpce-x")
    ('vpce-0123456789abcdef0', None)
    """
    if isinstance(text, str) and text.startswith("vpce-") and 0 < len(text) - 5 <= 17 and _HEX.issuperset(text[5:]):
        return text
    return None


def address(text: object) -> str | None:
    """Return the address that a request came from; None if it is none.

    Examples
    --------
    >>> address("10.80.0.9"), address("fd00::1"), address("10.0.0.1, 8.8.8.8")
    ('10.80.0.9', 'fd00::1', None)
    """
    if isinstance(text, str) and 2 <= len(text) <= _LONGEST_ADDRESS and _ADDRESS.issuperset(text):
        return text
    return None


def _written(text: str, plain: frozenset[str], longest: int) -> str:
    if plain.issuperset(text) and text[:1] in _LETTERS and len(text) <= longest:
        return text
    text = text[:longest]
    first, rest = text[:1], text[1:]
    encoded = [first if first in _LETTERS else _percent(first)]
    encoded += [letter if letter in plain else _percent(letter) for letter in rest]
    made = ""
    for letter in encoded:
        if len(made) + len(letter) > longest:
            break
        made += letter
    return made


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
