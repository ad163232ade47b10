"""Judging texts: what the guardrail is shown of them, as what, and where its verdict is.

A text that developers write (instructions, definitions of tools) is shown as an answer is, with ``source: OUTPUT``,
unless the team chose otherwise: the filter of prompt attacks takes such texts for attacks, and judges what is put in
alone (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-prompt-attack.html). Every other filter of the
deployment's guardrail is the same on either side.
"""

from __future__ import annotations

from ..release.shown import Shown, as_they_stand
from ..release.verdict import Verdict
from ..request.texts import follows
from .together import together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.team import Team
    from ..release.masks import Match
    from ..request.images import Image
    from ..request.texts import Slot
    from .guardrail import Guardrail
    from .tally import Tally


class Judge:
    """Asks a team's guardrail.

    Parameters
    ----------
    guardrail
        Is asked.
    team
        Whose settings hold.
    """

    __slots__ = ("_disguises", "_guardrail", "_users")

    def __init__(self, guardrail: Guardrail, team: Team) -> None:
        self._guardrail = guardrail
        self._disguises = team.disguises
        self._users = team.prompt_attacks == "users_and_tools"

    def input(
        self, slots: Sequence[Slot], texts: Sequence[str], images: Sequence[Image], tally: Tally, deadline: float
    ) -> Verdict:
        """Return the verdict on texts of a request, and on images.

        Parameters
        ----------
        slots, texts
            Where the texts stand, and what they are.

        Raises
        ------
        GuardrailUnavailableError
            If there is none.
        """
        tally.side = "input"
        ours = [at for at, slot in enumerate(slots) if slot.developer] if self._users else []
        if not ours:
            return self._verdict("INPUT", slots, texts, images, tally, deadline)
        theirs = [at for at, slot in enumerate(slots) if not slot.developer]

        def ask(source: str, places: list[int], images: Sequence[Image]) -> Verdict:
            found = [texts[at] for at in places]
            return self._verdict(source, [slots[at] for at in places], found, images, tally, deadline)

        jobs = [lambda: ask("OUTPUT", ours, ())]
        if theirs or images:
            jobs.append(lambda: ask("INPUT", theirs, images))
        masked: list[str | None] = [None] * len(texts)
        matches: list[Match] = []
        for places, verdict in zip((ours, theirs), together(jobs), strict=False):
            if verdict.blocked is not None:
                after = len(texts) - len(places)  # images are counted on
                verdict.where = [places[at] if at < len(places) else at + after for at in verdict.where]
                return Verdict(verdict.blocked, masked, where=verdict.where)
            for at, text in zip(places, verdict.texts, strict=True):
                masked[at] = text
            matches += verdict.matches
        return Verdict(None, masked, matches)

    def output(
        self, texts: Sequence[str], tally: Tally, deadline: float, slots: Sequence[Slot] | None = None
    ) -> Verdict:
        """Return the verdict on texts of an answer, or on windows of them; otherwise as for the input."""
        tally.side = "output"
        return self._verdict("OUTPUT", slots or (), texts, (), tally, deadline)

    def _verdict(
        self,
        source: str,
        slots: Sequence[Slot],
        texts: Sequence[str],
        images: Sequence[Image],
        tally: Tally,
        deadline: float,
    ) -> Verdict:
        after = follows(slots)
        shown = None if not after and as_they_stand(texts) else Shown(texts, after, disguises=self._disguises)
        blocks = texts if shown is None else [block.text for block in shown.blocks]
        verdict = self._guardrail.check(source, blocks, images, tally=tally, deadline=deadline)
        if shown is None:
            if verdict.word == "none":
                return verdict  # nearly always
            shown = Shown(texts, after, disguises=self._disguises)
        if verdict.blocked is not None:
            verdict.where = _where(shown, verdict, len(texts))
            verdict.texts = [None] * len(texts)
            return verdict
        alone = shown.fold(verdict)
        if alone and verdict.blocked is None:
            again = self._guardrail.check(source, [texts[at] for at in alone], tally=tally, deadline=deadline)
            if again.blocked is not None:
                again.where = [alone[at] for at in again.where]
                return again
            for at, text in zip(alone, again.texts, strict=True):
                verdict.texts[at] = text
            verdict.matches = [*verdict.matches, *again.matches]
        return verdict


def _where(shown: Shown, verdict: Verdict, size: int) -> list[int]:
    """Return which texts may have been blocked: one, if what was found stands in it."""
    among = [at for at in verdict.where if at < len(shown.blocks)]
    for at in among:
        found = shown.place(at, verdict.words)
        if found is not None:
            return [found]
    images = [at - len(shown.blocks) + size for at in verdict.where if at >= len(shown.blocks)]
    return sorted({place for at in among for place in shown.blocks[at].places()}) + images
