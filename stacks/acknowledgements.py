"""What the register of waivers accepts of other packs' findings, recorded on the constructs that it is about.

No stack knows a rule's id: the register (`review/waivers.yaml`) is the only place, and is given here as typed values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

from stacks.base import CloisterStack

__all__ = ["Waiver", "acknowledge"]

_NUMBER = "{number}"


class Waiver(Protocol):
    """What is asked of an entry of the register."""

    @property
    def explanation(self) -> str:
        """Why the finding is accepted, and what makes up for it."""

    def paths(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """Paths of constructs, with a stack's values for the placeholders; `{number}` is left as it is."""

    def ids(self, values: Mapping[str, Sequence[str]]) -> list[str]:
        """Ids of the findings that are accepted there."""


def acknowledge(stacks: Iterable[CloisterStack], waivers: Iterable[Waiver]) -> None:
    """Record what is accepted on each construct of some stacks that a waiver is about.

    Parameters
    ----------
    stacks
        The stacks, complete.
    waivers
        The entries of the register that are about other packs' rules, and stand.
    """
    known = list(waivers)
    for stack in stacks:
        for waiver in known:
            for path in waiver.paths(stack.placeholders):
                name, _, rest = path.partition("/")
                if name != stack.node.path:
                    continue
                for construct in _below(stack, rest.split("/")):
                    for id in waiver.ids(stack.placeholders):
                        acknowledged = Acknowledgment(id=id, reason=waiver.explanation)
                        Validations.of(construct).acknowledge(acknowledged)


def _below(construct: IConstruct, names: Sequence[str]) -> Iterator[IConstruct]:
    """The constructs at a path, of which a part may end in any number."""
    if not names:
        yield construct
        return
    first, *rest = names
    if _NUMBER not in first:
        child = construct.node.try_find_child(first)
        found = [child] if child is not None else []
    else:
        before, _, after = first.partition(_NUMBER)
        found = [
            child
            for child in construct.node.children
            if (name := child.node.id).startswith(before)
            and name.endswith(after)
            and name[len(before) : len(name) - len(after)].isdigit()
        ]
    for child in found:
        yield from _below(child, rest)
