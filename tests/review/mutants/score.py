"""What the fates of all mutants come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from review.assembly import Assembly
from tests.review.mutants.equivalents import Line, equivalent, lines
from tests.review.mutants.mutant import Mutant
from tests.review.mutants.survivors import reason, reasons


@dataclass(frozen=True)
class Score:
    """The mutants, and what stops each.

    Attributes
    ----------
    every
        The mutants, seeded ones first.
    found
        By a mutant's number, the ids of the rules and claims that stop it.
    example
        What they are mutants of.
    """

    every: Sequence[Mutant]
    found: Mapping[int, Sequence[str]]
    example: Assembly

    @cached_property
    def seeded(self) -> list[int]:
        """Those that are made for a rule or a claim."""
        return [n for n, mutant in enumerate(self.every) if mutant.expected]

    @cached_property
    def mechanical(self) -> list[int]:
        """Those that are made without thought."""
        return [n for n, mutant in enumerate(self.every) if not mutant.expected]

    @cached_property
    def alone(self) -> list[int]:
        """The seeded ones that their own rule or claim stops, and nothing else."""
        return [n for n in self.seeded if list(self.found[n]) == [self.every[n].expected]]

    @cached_property
    def stopped(self) -> list[int]:
        """The mechanical ones that something stops."""
        return [n for n in self.mechanical if self.found[n]]

    @cached_property
    def equivalents(self) -> dict[int, Line]:
        """Of those that nothing stops, the ones that change nothing, each with the line that says why."""
        free = (n for n in self.mechanical if not self.found[n])
        asked = ((n, equivalent(self.every[n], self.example)) for n in free)
        return {n: line for n, line in asked if line is not None}

    @cached_property
    def survivors(self) -> list[int]:
        """Those that nothing stops, and that change something."""
        return [n for n in self.mechanical if not self.found[n] and n not in self.equivalents]

    @property
    def raw(self) -> float:
        """The part of all mechanical ones that is stopped."""
        return len(self.stopped) / len(self.mechanical)

    @property
    def rate(self) -> float:
        """The same without those that change nothing."""
        return len(self.stopped) / (len(self.stopped) + len(self.survivors))

    def flaws(self) -> list[str]:
        """What is wrong with the two tables: a line that is about nothing, a survivor without a reason."""
        used = {id(line) for line in self.equivalents.values()}
        given = {pattern for n in self.survivors if (pattern := reason(self.every[n].name)[0])}
        return [
            *(
                f"equivalents.json: {line.type} {line.path} is about no mutant"
                for line in lines()
                if id(line) not in used
            ),
            *(f"survivors.json: {pattern} is about no mutant" for pattern in reasons() if pattern not in given),
            *(
                f"survivors.json: no reason for {name}"
                for n in self.survivors
                if not reason(name := self.every[n].name)[0]
            ),
        ]
