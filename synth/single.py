"""A synthesis in this process: stacks made, and held to every check that CDK runs on the templates that it wrote."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from lambdas.package import Packages
from review.day import today
from review.finding import report
from review.plugin import Review
from review.rules.catalogue import by_id
from review.waivers import Register
from stacks.opinions import write as write_opinions
from stacks.settings import Settings
from stacks.template_check import TemplateCheck
from synth.made import make

__all__ = ["synthesise"]


def synthesise(
    root: Path, settings: Settings, packages: Packages, context: Mapping[str, Any], only: Collection[str] | None
) -> int:
    """Synthesise and review a deployment, or some of its teams; 1 when something stops it, which is then said.

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
    only
        Names of the teams whose stacks are made; `None` for all.
    """
    register = Register.read(rules=by_id())
    made = make(root, settings, packages, context, register, only)
    if made is None:
        return 1
    app, unchanged = made.app, made.unchanged
    templates = TemplateCheck(made.kit.stacks, root / "build" / "templates.json")
    review = Review(register, today())
    Validations.of(app).add_plugins(templates, AwsSolutionsChecks(app), unchanged, review)
    try:
        app.synth()
    except RuntimeError:
        sys.stderr.write("".join(f"{said}\n" for said in unchanged.found))
        # CDK has printed its own report; a failure that is none of the review's goes on as it is.
        if review.verdict is None or not (review.verdict.exit_status or unchanged.found):
            raise
        halting = [finding for finding in review.verdict.findings() if finding.status.halts]
        sys.stderr.write(f"The review stops this synthesis:\n{report(halting)}\n" if halting else "")
        return 1
    if unchanged.found:  # an extension that acknowledges its own finding is not asked
        sys.stderr.write("".join(f"{said}\n" for said in unchanged.found))
        return 1
    if review.verdict is None:
        sys.stderr.write("The review did not run, so nothing is known of these templates.\n")
        return 1
    if asked := context.get("opinions"):  # packs that stop nothing: `make review` asks for them, `make up` does not
        write_opinions(app, Path(asked))
    sys.stderr.write(f"{review.verdict.line()}\n")
    return review.verdict.exit_status
