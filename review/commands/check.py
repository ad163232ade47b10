"""`python -m review check DIR`: reviews a cloud assembly or a folder of templates.

It ends with 0 if nothing halts a deployment, with 1 if something does, and with 2 if it could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from review.assembly import Assembly, AssemblyError
from review.deployment import Deployment
from review.finding import exit_status, report
from review.proof import perimeter
from review.proof.claim import Proof
from review.proof.claims import CLAIMS


def add(commands: Any) -> None:
    """Declare the command to argparse."""
    parser: argparse.ArgumentParser = commands.add_parser("check", help="review a cdk.out or a folder of templates")
    parser.add_argument("folder", type=Path, help="the cloud assembly, or the folder")
    parser.add_argument("--documents", type=Path, help="folder of the control policies that the organisation attaches")
    parser.add_argument("--json", action="store_true", help="print every proof with its assumptions, for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prove every claim, and print what came of it."""
    try:
        proofs = prove(arguments.folder, arguments.documents)
    except AssemblyError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    findings = [proof.finding() for proof in proofs]
    if arguments.json:
        sys.stdout.write(json.dumps([proof.as_json() for proof in proofs], indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(report(findings) + "\n")
    return exit_status(findings)


def prove(folder: Path, documents: Path | None = None) -> list[Proof]:
    """Try to prove every claim about a folder's templates, and about what control policies close of them.

    Raises
    ------
    AssemblyError
        If it holds none, or one that cannot be read.
    """
    control = perimeter.load(documents) if documents else []
    deployment = Deployment(Assembly.read(folder), perimeter.account_of(control))
    return [claim.prove(deployment) for claim in (*CLAIMS, *perimeter.claims(control))]
