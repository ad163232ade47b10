"""The page, written to a file, with what the last change widened if the deployment before it is given."""

from __future__ import annotations

from pathlib import Path

from review.assembly import Assembly
from review.difference import Difference
from review.page.evidence import Change, Evidence
from review.page.page import render
from review.parts import differing
from review.proof.claim import ProverError
from review.proof.values import RefusedError
from review.resolve import UnreadableError
from review.verdict import Verdict


def write(verdict: Verdict, folder: Path, file: Path, old: Path | None = None) -> None:
    """Write the page.

    Parameters
    ----------
    verdict
        What the review of the folder came to.
    folder
        The templates' folder.
    file
        Where the page goes.
    old
        The templates' folder before the last change.

    Raises
    ------
    AssemblyError
        If the old folder cannot be read.
    """
    change = changed(old, verdict) if old is not None else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(Evidence(verdict, folder, change)), "utf-8", newline="\n")


def changed(old: Path, verdict: Verdict) -> Change:
    """Return what a deployment lets through that the one before it did not, and the other way round."""
    before, now = Assembly.read(old), verdict.deployment.assembly
    parts = [part.words for part in differing(before, now)]
    try:
        difference = Difference.of(before, now)
        wider, narrower = difference.wider(), difference.narrower()
    except (UnreadableError, RefusedError, ProverError) as refused:
        return Change(old.name, [f"undecided, which counts as wider: {refused}"], parts=parts)
    return Change(old.name, [change.words for change in wider], [change.words for change in narrower], parts)
