"""What the guardrail can look at of a picture, and whether it did.

Limits: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-mmfilter.html. A guardrail answers NONE of a
picture that it did not look at; the coverage in its answer tells the two apart
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailImageCoverage.html).
"""

from __future__ import annotations

from ..core.errors import GuardrailUnavailableError, TooLargeError
from ..request import pixels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..request.images import Image

#: Images in one call; their bytes, together; pixels of a side.
MOST = 20
BYTES = 4_000_000
SIDE = 8000
#: Images that an account may have looked at in a second.
A_SECOND = 25


def within(images: Sequence[Image]) -> None:
    """Refuse a picture that is larger than the guardrail takes; of one whose head does not say, coverage will.

    Raises
    ------
    TooLargeError
    """
    for image in images:
        bytes_ = _bytes(image)
        if bytes_ > BYTES:
            raise _too_large(image, f"has {bytes_:,} bytes, and the guardrail looks at {BYTES:,} at the most")
        sides = pixels.size(image.format, image.data)
        if sides is not None and max(sides) > SIDE:
            raise _too_large(
                image, f"has {sides[0]:,} x {sides[1]:,} pixels, and the guardrail looks at {SIDE:,} x {SIDE:,} at most"
            )


def groups(images: Sequence[Image]) -> Iterator[list[Image]]:
    """Divide pictures over calls, each under the limits of one.

    Examples
    --------
    >>> list(groups([]))
    []
    """
    group: list[Image] = []
    size = 0
    for image in images:
        more = _bytes(image)
        if group and (len(group) == MOST or size + more > BYTES):
            yield group
            group, size = [], 0
        group.append(image)
        size += more
    if group:
        yield group


def covered(answer: dict[str, Any], sent: int) -> None:
    """Refuse a verdict on pictures that were not all looked at.

    Parameters
    ----------
    answer
        The guardrail's.
    sent
        How many pictures it was sent.

    Raises
    ------
    GuardrailUnavailableError
        If it does not say of each that it was guarded.
    """
    found: Any = answer.get("guardrailCoverage")
    found = found.get("images") if isinstance(found, dict) else None
    guarded, total = (found.get("guarded"), found.get("total")) if isinstance(found, dict) else (None, None)
    if type(guarded) is int and type(total) is int and guarded == total == sent:
        return
    counted = guarded if type(guarded) is int and 0 <= guarded <= sent else "none"
    raise GuardrailUnavailableError(
        f"The guardrail says of {counted} of {sent} images that it has looked at them, and no image is passed on that "
        "it has not seen. Try again, or leave the images out."
    )


def read(answer: dict[str, Any]) -> None:
    """Refuse a verdict that says of itself that not all of the text was looked at.

    https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailTextCharactersCoverage.html

    Raises
    ------
    GuardrailUnavailableError
    """
    found: Any = answer.get("guardrailCoverage")
    found = found.get("textCharacters") if isinstance(found, dict) else None
    guarded, total = (found.get("guarded"), found.get("total")) if isinstance(found, dict) else (None, None)
    if type(guarded) is int and type(total) is int and guarded < total:
        raise GuardrailUnavailableError(
            "The guardrail says that it has not looked at all of the text, and nothing is passed on that it has not "
            "seen. Try again."
        )


def _bytes(image: Image) -> int:
    return len(image.data) // 4 * 3  # two at the most more than there are, for the padding


def _too_large(image: Image, why: str) -> TooLargeError:
    return TooLargeError(
        f"{image.path} {why}. A smaller picture is the usual remedy.", code="image_too_large", param=image.path
    )
