"""Images in a request: data URLs of the two formats that the guardrail can see.

An image that the guardrail cannot look at would go to the model unguarded, so it is refused; ``ApplyGuardrail`` takes
PNG and JPEG (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageBlock.html).
"""

from __future__ import annotations

import binascii

from .check import string, unsupported
from .errors import BadRequestError

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg"}
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


class Image:
    """An image: as the model takes it, a URL; as the guardrail does, ``png`` or ``jpeg`` and its bytes in base64."""

    __slots__ = ("data", "format", "url")

    def __init__(self, format: str, data: str, url: str) -> None:
        self.format = format
        self.data = data
        self.url = url


def read(url: object, path: str) -> Image:
    """Read a data URL.

    Raises
    ------
    BadRequestError
        For any other URL, any other format, or bytes that are not of the format that they are said to be.
    """
    text = string(url, path)
    head, comma, data = text.partition(",")
    if not text[:5].lower() == "data:":
        raise unsupported(
            path,
            "must be a data URL (data:image/png;base64,…): nothing in this network can fetch an address, "
            "and what is fetched later could not be guarded now.",
            code="unsupported_image_url",
        )
    media, *options = head[5:].lower().split(";")
    format = _FORMATS.get(media)
    if not comma or format is None or options[-1:] != ["base64"]:
        raise unsupported(
            path,
            "must be PNG or JPEG in base64 (data:image/png;base64,… or data:image/jpeg;base64,…): "
            "the guardrail can look at no other format.",
            code="unsupported_image_format",
        )
    if not _is_base64(data):
        raise BadRequestError(f"{path} is not valid base64.", code="invalid_image", param=path)
    if not binascii.a2b_base64(data[:16]).startswith(_MAGIC[format]):
        raise BadRequestError(f"{path} says {format} but its bytes are not.", code="invalid_image", param=path)
    return Image(format, data, f"data:{media};base64,{data}")


def _is_base64(data: str) -> bool:
    """Whether a text is base64, told without decoding all of it."""
    if len(data) % 4 or len(data) < 16 or not data.isascii():
        return False
    padding = len(data) - len(data[-2:].rstrip("=")) - len(data[:-2])
    return not data[: len(data) - padding].encode().translate(None, _ALPHABET)
