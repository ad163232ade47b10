"""A synthesis of many teams: two processes make a half of their stacks each, and the whole of it is reviewed as one.

Python and CDK's Node wait for one another, so one synthesis keeps one core busy, however many there are. The platform's
stacks are made by both processes and have to come out the same. Nothing is held back that one process would check:
each runs cdk-nag and the comparison without extensions on what it makes, CDK's engine sees each new shape of template
beside the review, in a third process when the two have ended (it takes 350 MB), and the review reads all templates.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lambdas.package import Packages
from review.assembly import Assembly
from review.day import today
from review.deployment import Deployment
from review.finding import report
from review.proof.claims import CLAIMS
from review.rules.catalogue import by_id
from review.verdict import Verdict, review
from review.waivers import Register
from stacks.settings import TEAMS, Settings
from synth import joined
from synth.aside import aside
from synth.process import Share, ShareError
from synth.share import Order

__all__ = ["MANY", "synthesise", "wanted"]

#: Teams from which two processes are faster than one: each starts anew and makes the platform's stacks, 3 seconds.
MANY = 16


def wanted(settings: Settings, context: Mapping[str, Any], only: Sequence[str] | None) -> bool:
    """Whether a deployment is synthesised by two processes: if it is large, or CDK's context says so (`processes=2`).

    One team alone is not, nor is what cdk-nag's other packs are asked about: they judge the tree of constructs.
    """
    if only is not None or len(settings.teams) < 2 or context.get("opinions"):
        return False
    asked = str(context.get("processes") or "")
    return asked == "2" or (asked != "1" and len(settings.teams) >= MANY and (os.cpu_count() or 1) > 1)


def synthesise(root: Path, settings: Settings, packages: Packages, context: Mapping[str, Any]) -> int:
    """Synthesise and review a deployment; 1 when something stops it, which is then said.

    Parameters
    ----------
    root
        The clone.
    settings
        The deployment.
    packages
        The functions' packages.
    context
        CDK's, of the command line.
    """
    outdir = Path(os.environ.get("CDK_OUTDIR") or tempfile.mkdtemp(prefix="cdk.out")).absolute()
    names = [team.name for team in settings.teams]
    built = {"proxy": str(packages.proxy), "authorizer": str(packages.authorizer), "kind": packages.kind}
    folder = root / (context.get("settings") or os.environ.get("SETTINGS") or "") / TEAMS
    ordered = partial(Order, str(root), dict(context), built, any(folder.glob("*.py")))
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        try:
            left = _made(ordered, names, outdir, scratch)
            if not left:
                return _said(_reviewed(outdir, alone=True), outdir)
            stacks = sorted(left.values())
            shown = [name for name in names if f"{settings.deployment.name}-Team-{name}" in stacks]
            order = ordered(shown, str(scratch / "shown"), str(scratch / "seen"), starts=True)
            with Share(order, scratch / "said") as engine:
                verdict = _reviewed(outdir)
                _ended(engine)
            if unseen := left.keys() - json.loads(Path(order.shapes).read_text()).keys():
                raise ShareError(
                    f"CDK did not check the template of {', '.join(sorted(left[shape] for shape in unseen))}."
                )
            joined.add_engine(outdir, Path(order.outdir), stacks)
        except (ShareError, joined.JoinError) as error:
            sys.stderr.write(f"{error}\n")
            return 1
        return _said(verdict, outdir)


def _made(ordered: Callable[..., Order], names: list[str], outdir: Path, scratch: Path) -> dict[str, str]:
    """Make all stacks, a half in a process, and return the shapes that CDK's engine has not seen, each with a stack."""
    half = len(names) // 2
    orders = [
        ordered(teams, str(place), str(scratch / f"shapes-{number}"))
        for number, (teams, place) in enumerate(((names[:half], outdir), (names[half:], scratch / "second")))
    ]
    with Share(orders[0], scratch / "said-0") as first, Share(orders[1], scratch / "said-1") as second:
        _ended(first, second)
    joined.join(outdir, Path(orders[1].outdir))
    return {shape: stack for order in orders for shape, stack in json.loads(Path(order.shapes).read_text()).items()}


def _ended(*shares: Share) -> None:
    """Wait for processes, and pass on what they said, one after the other. The first that fails ends the wait."""
    failed: ShareError | None = None
    try:
        Share.wait(shares)
    except ShareError as error:
        failed = error
    for share in shares:
        sys.stderr.write(share.said)
    if failed is not None:
        raise failed


def _reviewed(outdir: Path, *, alone: bool = False) -> Verdict:
    """Review all templates; by two processes, if no other runs."""
    deployment, register = Deployment(Assembly.read(outdir)), Register.read(rules=by_id())
    if not alone:
        return review(deployment, register, today())
    deployment.day = today()
    with aside(deployment, CLAIMS) as prover:
        return review(deployment, register, deployment.day, claims=CLAIMS, prover=prover)


def _said(verdict: Verdict, outdir: Path) -> int:
    halting = [finding for finding in verdict.findings() if finding.status.halts]
    if halting:
        joined.add_review(outdir, verdict, halting)
        sys.stderr.write(f"The review stops this synthesis:\n{report(halting)}\n")
    else:
        sys.stderr.write(f"{verdict.line()}\n")
    return verdict.exit_status
