"""What the guardrail has cleared before in this execution environment, for teams that let unchanged history be skipped.

A conversation is sent whole with every turn. What is remembered of it is a keyed digest of each text, never the text:
the key is made when the function starts, and leaves with it, as do the digests. The digest of a message's text covers
everything in the messages before it, so that only a history which is unchanged from its first letter is skipped; what
stands outside of the messages (instructions, tools, images) is known by itself. All of it was cleared by the same
version of the same guardrail, since a function has only one.
"""

from __future__ import annotations

import os

from ..core.digest import authenticated, sha256
from ..request.texts import follows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..release.verdict import Verdict
    from ..request.prepared import Prepared
    from .judge import Judge
    from .tally import Tally

#: Digests that are kept: a long conversation has hundreds of texts.
KEPT = 16_384


class Cleared:
    """The memory of one execution environment.

    Parameters
    ----------
    once
        Whether what was cleared is skipped; if not, nothing is remembered.
    """

    __slots__ = ("_key", "_known", "_once")

    def __init__(self, *, once: bool) -> None:
        self._once = once
        self._key = os.urandom(32)
        self._known: dict[bytes, None] = {}

    def check(self, judge: Judge, prepared: Prepared, texts: Sequence[str], tally: Tally, deadline: float) -> Verdict:
        """Return the guardrail's verdict on a request, of which it is shown what it has not cleared before.

        Parameters
        ----------
        texts
            Of the request's slots.
        """
        if not self._once:
            return judge.input(prepared.slots, texts, prepared.images, tally, deadline)
        digests = self._digests(prepared, texts)
        seen = [digest in self._known for digest in digests]
        for at, before in reversed(list(enumerate(follows(prepared.slots)))):
            if before >= 0 and not seen[at]:
                seen[before] = False  # what goes on with it is read with it
        tally.skipped = sum(seen)
        new = [at for at in range(len(texts)) if not seen[at]]
        images = [image for at, image in enumerate(prepared.images, len(texts)) if not seen[at]]
        slots = [prepared.slots[at] for at in new]
        verdict = judge.input(slots, [texts[at] for at in new], images, tally, deadline)
        found: list[str | None] = [None] * len(texts)
        for at, masked in zip(new, verdict.texts, strict=True):
            found[at] = masked
        verdict.texts = found
        kept = [at for at in range(len(texts), len(seen)) if not seen[at]]
        verdict.where = [new[at] if at < len(new) else kept[at - len(new)] for at in verdict.where]
        if verdict.blocked is None:
            self._remember([digest for at, digest in enumerate(digests) if at >= len(texts) or found[at] is None])
        return verdict

    def _digests(self, prepared: Prepared, texts: Sequence[str]) -> list[bytes]:
        before = b""
        made = []
        for slot, text in zip(prepared.slots, texts, strict=True):
            path = slot.path.encode()
            if path.startswith((b"messages[", b"input")):
                before = self._digest(before, path, text.encode())
                made.append(before)
            else:
                made.append(self._digest(b"", path, text.encode()))
        return made + [self._digest(b"", b"image", image.data) for image in prepared.images]

    def _digest(self, before: bytes, path: bytes, data: bytes | memoryview) -> bytes:
        head = b"%d %d " % (len(before), len(path))  # so that no two different things are the same bytes
        return authenticated(self._key, head + before + path + sha256(data).digest())

    def _remember(self, digests: list[bytes]) -> None:
        for digest in digests:
            self._known.pop(digest, None)  # what was used last is forgotten last
            self._known[digest] = None
        while len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
