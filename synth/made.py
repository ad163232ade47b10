"""The stacks of a synthesis, complete, with what is accepted of other packs' findings on them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import App

from lambdas.package import Packages
from review.day import today
from review.packs import APART
from review.waivers import Register
from stacks.acknowledgements import acknowledge
from stacks.extension_files import ExtensionError, find
from stacks.kit import Kit, assemble
from stacks.settings import TEAMS, Settings
from stacks.unchanged import Unchanged, without_extensions

__all__ = ["Made", "make"]

#: Where each construct was made is in no template, and takes time to find out. Not in cdk.json: the CLI warns of
#: keys there that begin so.
_NO_TRACES = {"aws:cdk:disable-creation-stack-traces": True, "aws:cdk:disable-stack-trace": True}


@dataclass(frozen=True, slots=True)
class Made:
    """An app whose stacks are complete, and the check that its extensions left the kit as it was made."""

    app: App
    kit: Kit
    unchanged: Unchanged


def make(
    root: Path,
    settings: Settings,
    packages: Packages,
    context: Mapping[str, Any],
    register: Register,
    only: Collection[str] | None,
    outdir: Path | None = None,
) -> Made | None:
    """Make the stacks of a deployment; `None` when an extension is wrong, which is then said.

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
    register
        The waivers.
    only
        Names of the teams whose stacks are made; `None` for all.
    outdir
        Where the templates will be written; where CDK's CLI wants them if left out.
    """
    # The CLI passes the context of cdk.json on; without the CLI it is read here, so that the templates are the same.
    flags = json.loads((root / "cdk.json").read_text())["context"] | _NO_TRACES
    # Nothing reads the tree of constructs that CDK would write beside the templates, as large as all of them together.
    app = App(
        context=flags,
        builtin_cloud_formation_validation=False,
        tree_metadata=False,
        outdir=str(outdir) if outdir else None,
    )
    folder = Path(context.get("settings") or os.environ.get("SETTINGS") or "") / TEAMS
    files = {team.name: folder / f"{team.name}.py" for team in settings.teams if only is None or team.name in only}
    extended = {team: file.as_posix() for team, file in files.items() if (root / file).is_file()}
    # Before any code of a team's runs: what it changes of what all teams share must not be in here too.
    as_made = without_extensions(settings, packages, flags, extended, only)
    try:
        extensions = find(root / folder, folder.as_posix(), [team.name for team in settings.teams])
        kit = assemble(app, settings, packages, extensions=extensions, only=only)
    except ExtensionError as error:
        sys.stderr.write(f"{error}\n")
        return None
    acknowledge(
        kit.stacks,
        [waiver for waiver in register.standing(today()) if waiver.is_of_a_pack and waiver.pack not in APART],
    )
    return Made(app, kit, Unchanged(as_made, extended, settings.deployment.name))
