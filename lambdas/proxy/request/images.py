"""Images in a request: data URLs, and objects in S3, of the two formats that the guardrail can see.

An image that the guardrail cannot look at would go to the model unguarded, so it is refused; ``ApplyGuardrail`` takes
PNG and JPEG (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageBlock.html).
"""

from __future__ import annotations

import binascii

from ..core import address
from ..core.errors import BadRequestError
from .check import string, unsupported
from .splice import Cut, is_base64, mark, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.address import Address
    from .splice import Bytes

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg"}  # the last is no media type, and common
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


#: Letters of the longest that stands before the base64 of an object.
LONGEST_HEAD = len("data:image/jpeg;base64,")


class Image:
    """An image.

    Attributes
    ----------
    path
        The field that it stands in: ``messages[0].content[1].image_url.url``.
    address
        The object in S3 that it is, or None.
    format, data, head
        ``png`` or ``jpeg``, its bytes in base64, and what stands before them in a data URL. An object has none of them
        until it is fetched: what is not there cannot be sent, nor taken for guarded.
    """

    __slots__ = ("address", "data", "format", "head", "path")

    format: str
    data: Bytes
    head: bytes

    def __init__(self, path: str, address: Address | None = None) -> None:
        self.path = path
        self.address = address

    @property
    def inline(self) -> Bytes | None:
        """Its bytes in base64 if the request held them, None if they lie in S3."""
        return self.data if self.address is None else None

    def show(self, format: str, data: Bytes) -> Image:
        """Take its bytes in base64; return itself."""
        self.format = format
        self.data = data
        self.head = f"data:image/{format};base64,".encode()
        return self


def add(shown: list[Image], image: Image) -> str:
    """Add an image to those of a request, and return what stands for its URL until the request is written."""
    shown.append(image)
    return mark(len(shown) - 1)


def with_urls(body: dict[str, Any], shown: Sequence[Image]) -> list[Bytes]:
    """Write a request as JSON in UTF-8, in pieces, with the images' data URLs where `add` said."""
    return pieces(body, [(image.head, image.data) for image in shown])


def as_blocks(about: dict[str, Any], shown: Sequence[Image]) -> list[Bytes]:
    """Write a request to the guardrail, in pieces, with each image as a content block.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageBlock.html
    """
    blocks = [{"image": {"format": image.format, "source": {"bytes": mark(at)}}} for at, image in enumerate(shown)]
    return pieces({**about, "content": blocks}, [(image.data,) for image in shown])


def sniff_format(data: bytes) -> str | None:
    """Return the format that bytes are of, by how they begin; None if it is neither.

    Examples
    --------
    >>> sniff_format(b"\\xff\\xd8\\xff\\xe0"), sniff_format(b"GIF89a")
    ('jpeg', None)
    """
    for format, magic in _MAGIC.items():
        if data.startswith(magic):
            return format
    return None


def read(url: object, path: str) -> Image:
    """Read a data URL, or the address of an object in S3, which is fetched later (:mod:`objects`).

    Raises
    ------
    BadRequestError
        For any other URL, any other format, or bytes that are not of the format that they are said to be.
    """
    text = string(url, path)
    if text[:5].lower() == "s3://":
        try:
            return Image(path, address.read(text))
        except ValueError as wrong:
            raise BadRequestError(f"{path} {wrong}", code="invalid_image_url", param=path) from None
    head, comma, data = text.partition(",")
    if not text[:5].lower() == "data:":
        raise unsupported(
            path,
            "must be a data URL (data:image/png;base64,…), or s3://bucket/key in a bucket that the team's file names: "
            "nothing in this network can fetch another address, and what is fetched later could not be guarded now.",
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
    return Image(path).show(format, encoded)
