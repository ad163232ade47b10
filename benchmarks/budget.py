"""What a budget costs a request: the same requests to two functions, one of which has one.

Guardrail and ledger take the time that they take on AWS, so that one is seen to be in the other's shadow. By itself:
``python -m benchmarks.budget``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

from benchmarks import machine, payloads
from benchmarks.subjects import Subject, ground

__all__ = ["CALLS", "ROUNDS", "Budget", "measure"]

#: Turns of each function, and calls in a turn.
ROUNDS, CALLS = 12, 40
_BODIES = {"small": payloads.chat(), "burst": payloads.chat("[burst] ")}


@dataclass(frozen=True, slots=True)
class Budget:
    """What was measured: ratios of with to without, a value for each round.

    Attributes
    ----------
    small
        Of the median time of a small request.
    first
        Of the median time to a stream's first event.
    cpu
        Of the CPU of a small request.
    """

    small: list[float]
    first: list[float]
    cpu: list[float]


def measure(say: Callable[[str], None] = lambda _: None, rounds: int = ROUNDS, calls: int = CALLS) -> Budget:
    """Measure, in turns."""
    found = Budget([], [], [])
    with ExitStack() as stack, machine.on(machine.GENERATOR):
        here = stack.enter_context(ground(waits=True))
        subjects = []
        for name, budget in (("without", False), ("with", True)):
            subject = here.subject(name, here.proxy(guarded=True, budget=budget))
            stack.callback(subject.close)
            subjects.append(subject)
            for body in _BODIES.values():
                for _ in range(20):
                    if (answer := subject.call(body)).status != 200:
                        raise ValueError(f"{name} a budget: {answer.status} {answer.body[:300]!r}")
        for number in range(rounds):
            say(f"budget: round {number + 1} of {rounds}")
            took: dict[str, tuple[float, float, float]] = {}
            for subject in Random(number).sample(subjects, 2):  # noqa: S311  # an order
                took[subject.name] = _turn(subject, calls)
            for values, without, with_ in zip(_lists(found), took["without"], took["with"], strict=True):
                values.append(with_ / without)
    return found


def _turn(subject: Subject, calls: int) -> tuple[float, float, float]:
    assert subject.cpu is not None  # noqa: S101  # it is a process
    subject.call(_BODIES["small"])
    before = subject.cpu()
    small = sorted(subject.call(_BODIES["small"]).last for _ in range(calls))
    cpu = (subject.cpu() - before) / calls
    first = sorted(subject.call(_BODIES["burst"]).first for _ in range(calls // 4))
    return small[len(small) // 2], first[len(first) // 2], cpu


def _lists(found: Budget) -> Iterator[list[float]]:
    yield from (found.small, found.first, found.cpu)


def main() -> None:
    """Measure, and print the ratios."""

    def say(line: str) -> None:
        sys.stderr.write(f"\r{line:60}")

    found = measure(say)
    sys.stderr.write("\n")
    for name, values in (("p50", found.small), ("first event", found.first), ("CPU", found.cpu)):
        ordered = sorted(values)
        sys.stdout.write(f"{name:12} {ordered[len(ordered) // 2]:.3f} times\n")


if __name__ == "__main__":
    main()
