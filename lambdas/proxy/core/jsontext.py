"""JSON read from text and written as it is sent: compact.

``json.loads`` and ``json.dumps`` make a decoder or an encoder for each call, which takes as long as a short text does.
Here they are made once, the encoder's inner part included, which is the json module's own
(https://github.com/python/cpython/blob/3.13/Lib/json/encoder.py, ``iterencode``).
"""

from __future__ import annotations

import json
from json import encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DECODER = json.JSONDecoder()


class Json(str):
    """A text that its reader will take for JSON, whether it can be read or not."""

    __slots__ = ()


def parse(text: str, decoder: json.JSONDecoder = _DECODER) -> Any:
    """Return the value that a text says.

    Parameters
    ----------
    decoder
        What reads it.

    Raises
    ------
    ValueError
        If it is not JSON.
    RecursionError
        If it is too deep.

    Examples
    --------
    >>> parse(' {"a": [1]} ')
    {'a': [1]}
    """
    try:
        value, end = decoder.raw_decode(text)
    except ValueError:
        end = -1
    # Space around it, or a mistake: the decoder's other way, which looks for both and takes longer.
    return value if end == len(text) else decoder.decode(text)


def writer(*, ascii: bool = False, ordered: bool = False) -> Callable[[Any], str]:
    """Return what writes a value as JSON; it raises ValueError for a number that JSON has not.

    Parameters
    ----------
    ascii
        Whether every other letter is escaped.
    ordered
        Whether the keys of each object are sorted, by the numbers of their letters.

    Examples
    --------
    >>> writer()({"a": ["ü", 1.5]}), writer(ascii=True)("ü")
    ('{"a":["ü",1.5]}', '"\\\\u00fc"')
    """
    whole = json.JSONEncoder(ensure_ascii=ascii, separators=(",", ":"), allow_nan=False, sort_keys=ordered)
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:  # a Python without the module's C part
        return whole.encode
    letters = encoder.encode_basestring_ascii if ascii else getattr(encoder, "encode_basestring", None)
    chunks = make(None, whole.default, letters, None, ":", ",", ordered, False, False)
    return lambda value: "".join(chunks(value, 0))


#: Return a value as text, in which no letter hides behind an escape.
compact = writer()
