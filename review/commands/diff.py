"""`python -m review diff OLD NEW`: what a change grants and takes, each with a request that shows it.

It prints Markdown that fits a pull request's comment. It ends with 0 if nothing is wider, with 1 if something is or
cannot be read, and with 2 if it could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from review.assembly import Assembly, AssemblyError
from review.deployment import Deployment
from review.difference import Change, Difference
from review.parts import Part, differing
from review.proof.claim import Proof, ProverError
from review.proof.claims import CLAIMS
from review.proof.values import RefusedError
from review.resolve import UnreadableError

Json = Any


def add(commands: Any) -> None:
    """Declare the command to argparse."""
    parser: argparse.ArgumentParser = commands.add_parser("diff", help="say what a change grants and takes")
    parser.add_argument("old", type=Path, help="the cloud assembly, or folder of templates, before the change")
    parser.add_argument("new", type=Path, help="the one after it")
    parser.add_argument("--json", action="store_true", help="print the changes for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare two folders, and print what is wider and what is narrower."""
    try:
        old, new = Assembly.read(arguments.old), Assembly.read(arguments.new)
        difference = Difference.of(old, new)
        wider, narrower = difference.wider(), difference.narrower()
        claims, parts = _claims(difference.old, difference.new), differing(old, new)
    except AssemblyError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except (UnreadableError, RefusedError, ProverError) as refused:
        sys.stderr.write(f"undecided, which counts as wider: {refused}\n")
        return 1
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as wrong:
        sys.stderr.write(f"undecided, which counts as wider: a part is of a form that is not known: {wrong!r}\n")
        return 1
    if arguments.json:
        shown = {"wider": [c.as_json() for c in wider], "narrower": [c.as_json() for c in narrower]}
        shown["parts"] = [{"how": p.how, "where": p.resource.place, "type": p.resource.type} for p in parts]
        shown["claims"] = [{"claim": b.claim.id, "was": a.status.value, "is": b.status.value} for a, b in claims]
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(words(wider, narrower, parts, claims))
    return 1 if wider or any(after.status.halts for _, after in claims) else 0


def words(wider: list[Change], narrower: list[Change], parts: list[Part], claims: list[tuple[Proof, Proof]]) -> str:
    """Return what changed, as Markdown.

    Example
    -------
    >>> print(words([], [], [], []), end="")
    **This change grants nothing new**, and takes nothing away. Every claim stands as it did.
    """
    if not (wider or narrower or parts or claims):
        return "**This change grants nothing new**, and takes nothing away. Every claim stands as it did.\n"
    lines = ["**This change grants what was not granted before.**" if wider else "**This change grants nothing new.**"]
    for title, changes in (("Wider", wider), ("Narrower", narrower)):
        if changes:
            lines += ["", f"{title}: {len(changes)}", *(f"- {_quoted(change.words)}" for change in changes)]
    if parts:
        lines += ["", "Doors and ways that no policy describes:", *(f"- {_quoted(part.words)}" for part in parts)]
    if claims:
        lines += ["", "Claims that changed:"]
        lines += [f"- `{b.claim.id}` was {a.status.value}, is {b.status.value}: {_quoted(b.found)}" for a, b in claims]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # In code quotes nothing of a name is Markdown, nor a mention of somebody.
    return "`" + text.replace("`", "'").replace("\n", " ") + "`"


def _claims(old: Deployment, new: Deployment) -> list[tuple[Proof, Proof]]:
    both = [(claim.prove(old), claim.prove(new)) for claim in CLAIMS]
    return [(before, after) for before, after in both if before.status is not after.status]
