"""What a team chose of how its proxy behaves, as the function is told."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

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
    delay: float = 1.5
    structured_output: Literal["error", "retry"] = "error"
    fallbacks: Sequence[Fallback] = ()
    images: Sequence[str] = ()

    def environment(self) -> dict[str, str]:
        """Return the function's environment variables: only what is chosen otherwise than by default.

        Examples
        --------
        >>> TeamChoices(input="overlap", fallbacks=[(None, "google.gemma-4-e2b", None)]).environment()
        {'CLOISTER_INPUT': 'overlap', 'CLOISTER_FALLBACKS': '>google.gemma-4-e2b/'}
        >>> TeamChoices(images=["acme-pictures/atlas/", "other"]).environment()
        {'CLOISTER_IMAGES': 'acme-pictures/atlas/,other'}
        """
        chosen = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        if "fallbacks" in chosen:
            entries = [f"{instead_of or ''}>{model or ''}/{tier or ''}" for instead_of, model, tier in self.fallbacks]
            chosen["fallbacks"] = ",".join(entries)
        if "images" in chosen:
            chosen["images"] = ",".join(self.images)
        return {f"CLOISTER_{name.upper()}": str(value) for name, value in chosen.items()}
