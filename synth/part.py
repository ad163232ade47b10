"""A share of a synthesis: the platform's stacks and those of some teams, held to every check but the review."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from lambdas.package import Packages
from review.rules.catalogue import by_id
from review.waivers import Register
from stacks.settings import load
from stacks.template_check import TemplateCheck
from synth.made import make
from synth.share import Order

__all__ = ["synthesise"]


def synthesise(order: Order) -> int:
    """Synthesise what an order names; 1 when something stops it, which is then said.

    A failure of CDK's own checks goes on as it is: CDK has printed its report.
    """
    root = Path(order.root)
    settings = load(root, order.context.get("settings"))
    files = order.packages
    packages = Packages(Path(files["proxy"]), Path(files["authorizer"]), files["kind"])
    register = Register.read(rules=by_id())
    made = make(root, settings, packages, order.context, register, order.teams, Path(order.outdir))
    if made is None:
        return 1
    checked = TemplateCheck(made.kit.stacks, root / "build" / "templates.json", starts=order.starts)
    Validations.of(made.app).add_plugins(checked, AwsSolutionsChecks(made.app), made.unchanged)
    try:
        made.app.synth()
    finally:
        sys.stderr.write("".join(f"{said}\n" for said in made.unchanged.found))
    Path(order.shapes).write_text(json.dumps(checked.shapes if order.starts else checked.left))
    return 1 if made.unchanged.found else 0
