"""What rule packs of cdk-nag say that do not stop a synthesis: outside opinions, for the review to list.

They judge the tree of constructs, so they are asked where it is. https://github.com/cdklabs/cdk-nag
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from aws_cdk import App, PolicyViolation
from cdk_nag import HIPAASecurityChecks, NagPack, NIST80053R5Checks, PCIDSS321Checks

#: AwsSolutions is not among them: it is a plugin of every synthesis, and what it finds stops one.
PACKS: Mapping[str, Callable[[App], NagPack]] = {
    "HIPAA.Security": HIPAASecurityChecks,
    "NIST.800.53.R5": NIST80053R5Checks,
    "PCI.DSS.321": PCIDSS321Checks,
}


def write(app: App, file: Path) -> None:
    """Ask each pack, and write what all of them found, as JSON that `python -m review check --opinions` reads.

    Parameters
    ----------
    app
        The app, after its synthesis.
    file
        Where it goes.
    """
    found = [
        {"tool": name, "version": version("cdk-nag"), "findings": _findings(pack(app).validate_scope(app).violations)}
        for name, pack in PACKS.items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _findings(violations: list[PolicyViolation]) -> list[dict[str, object]]:
    found = [
        {"rule": v.rule_name, "where": place.construct_path or "", "said": v.description, "accepted": False}
        for v in violations
        for place in v.violating_resources
    ]
    return sorted(found, key=lambda each: (str(each["rule"]), str(each["where"])))
