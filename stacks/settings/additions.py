"""What a team adds to the deployment's guardrail: more is refused or masked, never less."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from stacks.catalogue import Frozen, FrozenMapping
from stacks.settings.errors import Mistake, shown
from stacks.settings.guardrail import Filter, Guardrail, Pii, PiiAction, Regexes, Strength, Topics, Words
from stacks.settings.source import Document

__all__ = ["MOST_GUARDRAILS", "Additions", "merged", "mistakes"]

#: Guardrails of an account in a Region (https://docs.aws.amazon.com/general/latest/gr/bedrock.html).
MOST_GUARDRAILS = 100

_STRENGTHS: tuple[Strength, ...] = ("none", "low", "medium", "high")
_ACTIONS: tuple[PiiAction, ...] = ("mask", "block")
#: What one guardrail holds at most (https://docs.aws.amazon.com/general/latest/gr/bedrock.html).
_MOST = {"words": 10_000, "topics": 30, "regexes": 10}


class Additions(Frozen):
    """What is blocked or masked in a team's prompts and answers beyond what it is in everybody's."""

    content: FrozenMapping[Filter, Strength] = Field(
        default_factory=dict, description="Content filters that are stronger for this team."
    )
    prompt_attack: Strength | None = Field(
        default=None, description="Strength of the filter of prompt attacks, where it is stronger for this team."
    )
    words: Words = Field(default=(), description="More words and phrases that are blocked wherever they stand.")
    pii: FrozenMapping[Pii, PiiAction] = Field(
        default_factory=dict, description="More kinds of personal data, or 'block' for one that is masked elsewhere."
    )
    regexes: Regexes = Field(default=(), description="More personal data of the company's own kinds, by its form.")
    topics: Topics = Field(default=(), description="More subjects that are refused.")

    @property
    def any(self) -> bool:
        """Whether there is anything: a team without shares the deployment's guardrail."""
        return bool(self.content or self.prompt_attack or self.words or self.pii or self.regexes or self.topics)


def merged(baseline: Guardrail, more: Additions) -> Guardrail:
    """Return the baseline with a team's additions: at no place less strict than either.

    Parameters
    ----------
    baseline
        The deployment's.
    more
        The team's; what is weaker in it than in the baseline changes nothing.

    Examples
    --------
    >>> all_low = dict.fromkeys(("hate", "insults", "sexual", "violence", "misconduct"), "low")
    >>> baseline = Guardrail(content=all_low, pii={"EMAIL": "block"})
    >>> whole = merged(baseline, Additions(content={"hate": "high"}, pii={"EMAIL": "mask", "PHONE": "mask"}))
    >>> whole.content["hate"], whole.content["insults"], dict(whole.pii)
    ('high', 'low', {'EMAIL': 'block', 'PHONE': 'mask'})
    """
    strongest = max(baseline.prompt_attack, more.prompt_attack or "none", key=_STRENGTHS.index)
    content = {
        name: max(kept, more.content.get(name, "none"), key=_STRENGTHS.index) for name, kept in baseline.content.items()
    }
    pii = dict(baseline.pii)
    for kind, action in more.pii.items():
        pii[kind] = max(action, pii.get(kind, "mask"), key=_ACTIONS.index)
    known = {word.casefold() for word in baseline.words}
    topics = {topic.name for topic in baseline.topics}
    regexes = {regex.name for regex in baseline.regexes}
    return baseline.model_copy(
        update={
            "content": content,
            "prompt_attack": strongest,
            "words": (*baseline.words, *(word for word in more.words if word.casefold() not in known)),
            "pii": pii,
            "regexes": (*baseline.regexes, *(regex for regex in more.regexes if regex.name not in regexes)),
            "topics": (*baseline.topics, *(topic for topic in more.topics if topic.name not in topics)),
        }
    )


def mistakes(team: Document, deployment: Document | None) -> Iterator[Mistake]:
    """Find what a team's additions would weaken, what the deployment names already, and what is too much with it."""
    if deployment is None:
        return
    yield from _weaker(team, deployment)
    for name, known in (("topics", "name"), ("regexes", "name")):
        there = {deployment.text("guardrail", name, index, known) for index in _indices(deployment, name)}
        for index in _indices(team, name):
            found = team.text("guardrail", name, index, known)
            if found is not None and found in there:
                place = ("guardrail", name, index, known)
                yield team.mistake(place, f"found {shown(found)}, which the deployment has", "needs another name")
    for name, most in _MOST.items():
        here, theirs = len(_indices(team, name)), len(_indices(deployment, name))
        if here and here + theirs > most:
            found = f"found {here}, and the deployment has {theirs}"
            yield team.mistake(
                ("guardrail", name), found, f"a guardrail holds {most}: leave out {here + theirs - most}"
            )


def _weaker(team: Document, deployment: Document) -> Iterator[Mistake]:
    """A value that would change nothing: whoever wrote it believes that it does."""
    attack: str = deployment.text("guardrail", "prompt_attack") or Guardrail.model_fields["prompt_attack"].default
    yield from _against(team, ("guardrail", "prompt_attack"), attack, _STRENGTHS)
    orders: dict[str, tuple[str, ...]] = {"content": _STRENGTHS, "pii": _ACTIONS}
    for field, order in orders.items():
        written = team.get("guardrail", field)
        for kind in written if isinstance(written, dict) else ():
            place = ("guardrail", field, kind)
            yield from _against(team, place, deployment.text(*place), order)


def _against(team: Document, place: tuple[str, ...], there: str | None, order: tuple[str, ...]) -> Iterator[Mistake]:
    here = team.text(*place)
    if here in order and there in order and order.index(here) < order.index(there):
        yield team.mistake(
            place,
            f"found {shown(here)}, weaker than the deployment's {shown(there)}",
            "a team adds to the deployment's guardrail and takes nothing away: leave it out, or be stricter",
        )


def _indices(document: Document, name: str) -> range:
    written = document.get("guardrail", name)
    return range(len(written) if isinstance(written, tuple) else 0)
