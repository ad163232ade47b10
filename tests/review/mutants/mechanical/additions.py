"""Resources that open a way in, out or round, each added once, as little as CloudFormation takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.review.mutants.mutant import Mutant, add


def additions() -> Iterator[Mutant]:
    """Yield a mutant for each resource that can be added, by the stack that it is added to."""
    for stack, ways in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")).items():
        for kind, properties in ways.items():
            yield Mutant(f"{stack.removeprefix('Cloister-')}: an AWS::{kind} added", stack, add(kind, **properties))
