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
    prompt_attacks
        Whether the filter of prompt attacks judges what ``users_and_tools`` bring in, or ``everything``.
    disguises
        Whether the guardrail is shown what a text reads, too, where its letters say something else.
    arguments
        Whether personal data in a tool call's arguments is masked (``mask``), or the call is blocked (``block``).
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
    prompt_attacks: Literal["users_and_tools", "everything"] = "users_and_tools"
    disguises: bool = True
    arguments: Literal["mask", "block"] = "mask"
    structured_output: Literal["error", "retry"] = "error"
    fallbacks: Sequence[Fallback] = ()
    images: Sequence[str] = ()
