"""Take the lines that make the promises true away, one at a time, and see the named test fail.

It takes minutes, so it is no part of the test run: ``python -m tests.stacks.mutations [word…]`` runs all, or those
whose names hold one of the words.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clone import ROOT
from tests.stacks.mutations.archive import ARCHIVE
from tests.stacks.mutations.evidence import EVIDENCE
from tests.stacks.mutations.extensions import EXTENSIONS
from tests.stacks.mutations.identity import IDENTITY
from tests.stacks.mutations.images import IMAGES
from tests.stacks.mutations.ledger import LEDGER
from tests.stacks.mutations.local import LOCAL
from tests.stacks.mutations.mutation import Mutation
from tests.stacks.mutations.network import NETWORK
from tests.stacks.mutations.promises import PROMISES
from tests.stacks.mutations.proxy import PROXY
from tests.stacks.mutations.signing import SIGNING
from tests.stacks.mutations.watching import WATCHING

_COPIED = (
    *("audit", "client", "docs", "lambdas", "local", "preflight", "review", "stacks", "synth", "teams", "tests"),
    "tools",
)
_FILES = ("app.py", "cdk.json", "pyproject.toml")
EVERY = (
    *(*NETWORK, *EXTENSIONS, *IMAGES, *IDENTITY, *EVIDENCE, *ARCHIVE, *WATCHING, *PROMISES, *PROXY, *LEDGER, *LOCAL),
    *SIGNING,
)


def copy(folder: Path) -> None:
    """Copy what the tests need."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)


def outcome(folder: Path, mutation: Mutation) -> str:
    """Apply a mutation, run its tests, undo it; say how it ended."""
    path = folder / mutation.file
    text = path.read_text()
    if text.count(mutation.old) != 1:
        return f"STALE: its text stands {text.count(mutation.old)} times in {mutation.file}"
    path.write_text(text.replace(mutation.old, mutation.new))
    command = [sys.executable, "-m", "pytest", mutation.where, "-q", "-x", "-n0", "-p", "no:cacheprovider"]
    try:
        ended = subprocess.run(
            [*command, "-k", " or ".join(mutation.tests)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
        )
    finally:
        path.write_text(text)
    if ended.returncode == 0:
        return "SURVIVED"
    if ended.returncode == 1 and "\nFAILED tests/" in ended.stdout:
        return "failed"
    if ended.returncode == 1 and "ValidationFailed" in ended.stdout:
        return "refused"  # by the rule pack, at synthesis: no test gets as far
    return f"BROKEN: {ended.stdout[-300:]}{ended.stderr[-300:]}"


def main(words: list[str]) -> int:
    """Run the mutations; 1 unless each was noticed."""
    chosen = [m for m in EVERY if not words or any(word in m.name for word in words)]
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        copy(Path(folder))
        for mutation in chosen:
            result = outcome(Path(folder), mutation)
            bad += result not in ("failed", "refused")
            sys.stdout.write(f"{result:8} {mutation.name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - bad} of {len(chosen)} were noticed\n")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
