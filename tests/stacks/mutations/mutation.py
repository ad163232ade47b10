"""One line that makes a promise true, and the tests that notice when it is gone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change that breaks one promise.

    Parameters
    ----------
    name
        What is broken.
    file, old, new
        The text that is changed, which stands in the file once.
    tests
        Names of tests of which one at least must fail.
    where
        The folder or file that they are in.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    where: str = "tests/stacks"
