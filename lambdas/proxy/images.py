"""Images in a request: data URLs of the two formats that the guardrail can see.

An image that the guardrail cannot look at would go to the model unguarded, so it is refused; ``ApplyGuardrail`` takes
PNG and JPEG (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageBlock.html).
"""

from __future__ import annotations

import binascii

from .check import string, unsupported
from .errors import BadRequestError
from .splice import Cut, is_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .splice import Bytes

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg"}
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


class Image:
    """An image: ``png`` or ``jpeg``, its bytes in base64, and what stands before them in a data URL."""

    __slots__ = ("data", "format", "head")

    def __init__(self, format: str, data: Bytes, head: str) -> None:
        self.format = format
        self.data = data
        self.head = head


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
    encoded: Bytes
    if isinstance(url, Cut):
        encoded = url.data  # which was looked at when it was cut out
    elif not (data.isascii() and is_base64(memoryview(encoded := data.encode()))):
        raise BadRequestError(f"{path} is not valid base64.", code="invalid_image", param=path)
    if not binascii.a2b_base64(encoded[:16]).startswith(_MAGIC[format]):
        raise BadRequestError(f"{path} says {format} but its bytes are not.", code="invalid_image", param=path)
    return Image(format, encoded, f"data:{media};base64,")
