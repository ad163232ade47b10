"""What a team chose of how its proxy behaves, as the function is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lambdas.proxy.core.team import DELAY

#: Instead of which model (None: of any), which model (None: the same), in which tier (None: the same).
Fallback = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class TeamChoices:
    """What a team may choose; the function takes what is not set for what it is here.

    Attributes
    ----------
    input
        Whether the model is called when the prompt is cleared (``strict``) or at once (``overlap``).
    history
        Whether cleared, unchanged history is guarded ``each_time`` or ``once`` in an execution environment.
    delay
        Seconds between two guardrail calls for a streamed text.
    structured_output
        Whether an answer that does not match its schema is an ``error``, or asked for once more (``retry``).
    fallbacks
        What is tried when a model is out of capacity.
    images
        Where images may be named in S3: ``bucket``, or ``bucket/prefix/``.
    """

    input: Literal["strict", "overlap"] = "strict"
    history: Literal["each_time", "once"] = "each_time"
    delay: float = DELAY
    structured_output: Literal["error", "retry"] = "error"
    fallbacks: Sequence[Fallback] = ()
    images: Sequence[str] = ()
