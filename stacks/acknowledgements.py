"""What the register of waivers accepts of other packs' findings, recorded on the constructs that it is about.

No stack knows a rule's id: the register (`review/waivers.yaml`) is the only place, and is given here as typed values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct, Node

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
        values, path = stack.placeholders, stack.node.path
        tree = _Tree()
        for waiver in known:
            for place in waiver.paths(values):
                name, _, rest = place.partition("/")
                if name == path:
                    at = tree.at(rest.split("/"))
                    at.accepted += [Acknowledgment(id=id, reason=waiver.explanation) for id in waiver.ids(values)]
        _record(stack, tree)


@dataclass
class _Tree:
    """What is accepted on a construct and below it: the way that several places have in common is gone once."""

    accepted: list[Acknowledgment] = field(default_factory=list)
    below: dict[str, _Tree] = field(default_factory=dict)

    def at(self, names: Sequence[str]) -> _Tree:
        tree = self
        for name in names:
            tree = tree.below.setdefault(name, _Tree())
        return tree


def _record(construct: IConstruct, tree: _Tree) -> None:
    if tree.accepted:
        Validations.of(construct).acknowledge(*tree.accepted)
    if not tree.below:
        return
    node = construct.node
    for name, below in tree.below.items():
        for child in _named(node, name):
            _record(child, below)


def _named(node: Node, name: str) -> list[IConstruct]:
    """The children of a name, of which a part may stand for any number."""
    if _NUMBER not in name:
        child = node.try_find_child(name)
        return [] if child is None else [child]
    before, _, after = name.partition(_NUMBER)
    return [
        child
        for child in node.children
        if (found := child.node.id).startswith(before)
        and found.endswith(after)
        and found[len(before) : len(found) - len(after)].isdigit()
    ]
