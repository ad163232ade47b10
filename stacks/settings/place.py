"""Where the settings are: in the clone itself, or in one of its folders, of which each is a deployment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from stacks.settings.errors import Mistake, shown
from stacks.settings.source import Document, read

__all__ = ["DEPLOYMENT", "EXAMPLES", "TEAMS", "VARIABLE", "chosen", "clashes"]

DEPLOYMENT = "cloister.yaml"
TEAMS = "teams"
#: The folder below the teams' that no team is in.
EXAMPLES = "examples"
#: The environment variable that names the folder, as `make … SETTINGS=deployments/prod` sets it.
VARIABLE = "SETTINGS"


def chosen(context: str | None, mistakes: list[Mistake]) -> str:
    """Return the folder of the settings, relative to the clone unless it is absolute; empty for the clone itself.

    Parameters
    ----------
    context
        The folder that CDK's context names (``-c settings=deployments/prod``), if it names one.
    mistakes
        What is wrong is added here: two names that differ.
    """
    said = os.environ.get(VARIABLE, "").rstrip("/")
    asked = (context or "").rstrip("/")
    if said and asked and said != asked:
        mistakes.append(
            Mistake(
                VARIABLE,
                0,
                "",
                f"found {shown(said)} in the environment and {shown(asked)} in CDK's context",
                "name one of them",
            )
        )
    return asked or said


def clashes(root: Path, folder: str, document: Document) -> Iterator[Mistake]:
    """Find deployments in the folders beside this one's that would take its names, in one account and Region.

    Parameters
    ----------
    root
        The clone.
    folder
        The folder of this deployment's settings; a deployment of the clone itself has no folder beside it.
    document
        Its ``cloister.yaml``.
    """
    own = document.text("name")
    if not folder or own is None:
        return
    beside = [name for _, name in document.texts("beside")]
    for path in sorted((root / folder).parent.glob(f"*/{DEPLOYMENT}")):
        file = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        other = read(path, file, [])
        name = other.text("name") if other else None
        if other is None or name is None or path.parent == root / folder or not _is_one_place(document, other):
            continue
        # Aliases of keys and names of buckets are in small letters, and policies know a deployment by `NAME-*`.
        mine, theirs = own.casefold(), name.casefold()
        if mine == theirs or mine.startswith(f"{theirs}-") or theirs.startswith(f"{mine}-"):
            yield document.mistake(
                ("name",),
                f"found {shown(own)}, and {file} of the same account and Region has {shown(name)}",
                "needs a name that is not the other's, nor the other's with a hyphen and more after it",
            )
        elif name not in beside:
            yield document.mistake(
                ("beside",),
                f"does not name {shown(name)}, which {file} deploys to the same account and Region",
                f"add {name}: without it the policies for the organisation deny the other deployment's proxies",
            )


def _is_one_place(one: Document, other: Document) -> bool:
    accounts = {account for account in (one.text("account"), other.text("account")) if account is not None}
    return one.text("region") == other.text("region") and len(accounts) < 2
