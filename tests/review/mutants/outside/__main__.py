"""`make mutants OUTSIDE=1`: run the checkers that others wrote on seeded mutants and a sample of mechanical ones."""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.fate import mutants
from tests.review.mutants.outside import TOOLS
from tests.review.mutants.page import RECORDED
from tests.review.mutants.seeded import SEEDED
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

Json = Any
#: Of so many mechanical mutants one is tried; after so many templates, what was found is written down.
_ONE_IN, _AT_ONCE = 4, 40


def main() -> int:
    """Write what each of them finds, batch by batch, so that a run that is ended has not been for nothing."""
    recorded: Json = {
        "columns": [],
        "versions": {},
        "found": {},
        "day": str(datetime.datetime.now(datetime.UTC).date()),
    }
    with tempfile.TemporaryDirectory() as temporary:
        example = Assembly.read(Synthesised.of(settings(), Path(temporary)).folder)
        every = mutants(example)
        chosen = [m for n, m in enumerate(every) if n < len(SEEDED) or (n - len(SEEDED)) % _ONE_IN == 0]
        whole = {stack: _written(Path(temporary), stack, template.body) for stack, template in example.by_stack.items()}
        spoiled = {_written(Path(temporary), f"mutant{n:05}", m.applied(example)): m for n, m in enumerate(chosen)}
        for tool, (version, run) in TOOLS.items():
            had = run(list(whole.values()))
            for column in had:
                recorded["columns"].append(column)
                recorded["versions"][column] = version()
                recorded["found"][column] = {}
            waiting = list(spoiled)
            for start in range(0, len(waiting), _AT_ONCE):
                for column, found in run(waiting[start : start + _AT_ONCE]).items():
                    for path in waiting[start : start + _AT_ONCE]:
                        mutant = spoiled[path]
                        fresh = found[path.stem] - had[column][whole[mutant.stack].stem]
                        recorded["found"][column][mutant.name] = sorted({id for id, _ in fresh})
                RECORDED.write_text(json.dumps(recorded, indent=0, sort_keys=True) + "\n")
                sys.stderr.write(f"{tool}: {min(start + _AT_ONCE, len(waiting))} of {len(waiting)}\n")
    return 0


def _written(folder: Path, name: str, body: Json) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(body))
    return path


if __name__ == "__main__":
    sys.exit(main())
