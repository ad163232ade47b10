"""`python -m review check DIR`: reviews a cloud assembly or a folder of templates, by every rule and every claim.

It ends with 0 if nothing halts a deployment, with 1 if something does, and with 2 if it could not run.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from review.assembly import Assembly, AssemblyError
from review.day import today
from review.deployment import Deployment
from review.finding import Finding, Status, report
from review.lint import opinion as lint
from review.oscal import write as oscal
from review.outputs import OutputError, check_folder
from review.packs import PacksError, accepted, opinions
from review.page import write as page
from review.proof import perimeter
from review.proof.claim import Proof
from review.proof.claims import CLAIMS
from review.reports.write import write
from review.rules.catalogue import catalogue
from review.verdict import review
from review.waivers import Register, WaiverError
from review.waivers.register import FILE


def add(commands: Any) -> None:
    """Declare the command to argparse."""
    parser: argparse.ArgumentParser = commands.add_parser("check", help="review a cdk.out or a folder of templates")
    parser.add_argument("folder", type=Path, help="the cloud assembly, or the folder")
    parser.add_argument("--out", type=Path, default=Path("review-out"), help="where the reports go (review-out)")
    parser.add_argument("--documents", type=Path, help="folder of the control policies that the organisation attaches")
    parser.add_argument("--waivers", type=Path, default=FILE, help="the register of waivers (review/waivers.yaml)")
    parser.add_argument("--date", type=date.fromisoformat, default=None, help="the day by which waivers stand (today)")
    parser.add_argument("--opinions", type=Path, help="JSON of what other tools found, to be shown beside")
    parser.add_argument("--lint", action="store_true", help="ask cfn-lint too, and show what it says beside")
    parser.add_argument("--since", type=Path, help="the templates before the last change, to say what it widened")
    parser.add_argument("--all", action="store_true", help="print what passes, too")
    parser.add_argument("--json", action="store_true", help="print the results, for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Review, print what came of it, and write the reports."""
    page_file = arguments.out / "report.html"
    try:
        check_folder(arguments.out)
        control = perimeter.load(arguments.documents) if arguments.documents else []
        deployment = Deployment(Assembly.read(arguments.folder), perimeter.account_of(control))
        register = Register.read(arguments.waivers, [rule.id for rule in catalogue()])
        outside = opinions(arguments.folder, arguments.opinions)
        outside += [lint(arguments.folder, deployment.assembly.templates)] if arguments.lint else []
        verdict = review(
            deployment,
            register,
            arguments.date or today(),
            claims=(*CLAIMS, *perimeter.claims(control)),
            accepted=accepted(arguments.folder),
            opinions=outside,
        )
        found = write(verdict, arguments.out)
        page.write(verdict, arguments.folder, page_file, arguments.since)
        oscal.write(verdict, arguments.out / "oscal")
    except (AssemblyError, WaiverError, PacksError, OutputError, OSError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    if arguments.json:
        sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    else:
        told = {rule.id for rule in catalogue() if rule.told}
        shown = [finding for finding in verdict.findings() if arguments.all or _shown(finding, told)]
        sys.stdout.write(report(shown) + "\n" if shown else "")
        reports, people = (shlex.quote(str(place)) for place in (arguments.out, page_file))
        sys.stdout.write(f"{verdict.line()}\nreports: {reports}, for people in {people}\n")
    return verdict.exit_status


def _shown(finding: Finding, told: Collection[str]) -> bool:
    if finding.status.needs_cure or finding.status is Status.WAIVED:
        return True
    return finding.code in told and finding.status is Status.PASS


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
