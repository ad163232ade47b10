"""`make mutants OUTSIDE=1`: run the checkers that others wrote on every seeded mutant."""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from review.assembly import Assembly
from tests.review.mutants.mutant import Mutant
from tests.review.mutants.outside import TOOLS
from tests.review.mutants.page import RECORDED
from tests.review.mutants.seeded import SEEDED
from tests.stacks.assembly import Assembly as Synthesised
from tests.stacks.deployments import settings

Json = Any
#: So many templates are judged in one run of a checker; after it, what was found is written down.
_AT_ONCE = 60


def main() -> int:
    """Write what each of them finds, batch by batch, so that a run that is ended has not been for nothing."""
    found: Json = {tool: {} for tool in TOOLS}
    lock = threading.Lock()
    with tempfile.TemporaryDirectory() as temporary:
        example = Assembly.read(Synthesised.of(settings(), Path(temporary)).folder)
        whole = {stack: _written(Path(temporary), stack, template.body) for stack, template in example.by_stack.items()}
        spoiled = {_written(Path(temporary), f"mutant{n:05}", m.applied(example)): m for n, m in enumerate(SEEDED)}

        def told(tool: str, columns: Json, said: str) -> None:
            with lock:
                found[tool] = columns
                RECORDED.write_text(json.dumps(_recorded(found), indent=0, sort_keys=True) + "\n")
            sys.stderr.write(f"{tool}: {said}\n")

        # Each is a program of its own: two of them on two cores.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for asked in [pool.submit(_ask, tool, whole, spoiled, told) for tool in TOOLS]:
                asked.result()
    return 0


def _ask(tool: str, whole: dict[str, Path], spoiled: dict[Path, Mutant], told: Any) -> None:
    """Have a checker judge every template, and tell after each batch what it has found by then."""
    begun = time.monotonic()
    _, run = TOOLS[tool]
    had = run(list(whole.values()))
    columns: dict[str, dict[str, list[str]]] = {column: {} for column in had}
    waiting = list(spoiled)
    for start in range(0, len(waiting), _AT_ONCE):
        for column, each in run(waiting[start : start + _AT_ONCE]).items():
            for path in waiting[start : start + _AT_ONCE]:
                mutant = spoiled[path]
                fresh = each[path.stem] - had[column][whole[mutant.stack].stem]
                columns[column][mutant.name] = sorted({id for id, _ in fresh})
        done = min(start + _AT_ONCE, len(waiting))
        told(tool, columns, f"{done} of {len(waiting)} after {time.monotonic() - begun:.0f} s")


def _recorded(found: Json) -> Json:
    return {
        "columns": [column for tool in TOOLS for column in found[tool]],
        "versions": {column: version() for tool, (version, _) in TOOLS.items() for column in found[tool]},
        "found": {column: names for tool in TOOLS for column, names in found[tool].items()},
        "day": str(datetime.datetime.now(datetime.UTC).date()),
    }


def _written(folder: Path, name: str, body: Json) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(body))
    return path


if __name__ == "__main__":
    sys.exit(main())
