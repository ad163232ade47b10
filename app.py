"""The app: settings in, stacks out. ``cdk synth`` runs it; it needs no credentials, no network and no Docker."""

import json
import os
import sys
from pathlib import Path

from lambdas.package import build_all, notice
from stacks.limits import warnings
from stacks.settings import SettingsError, load
from synth import halves, kernel

ROOT = Path(__file__).parent


def main() -> int:
    """Synthesise the deployment that the settings describe; 1 when they are wrong, or the review finds something."""
    # As the CLI passes it on, before there is an app: making one writes its folder already.
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON") or "{}")
    try:
        settings = load(ROOT, context.get("settings"))
        only = settings.chosen(context.get("team"))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    packages = build_all(ROOT, ROOT / "build", settings.catalogue.as_json())
    sys.stderr.write(f"{notice(packages.kind)}\n")
    sys.stderr.write(f"Alarms are told to {settings.deployment.alarms.told}\n")
    sys.stderr.write("".join(f"{said}\n" for said in warnings(settings.teams)))
    if halves.wanted(settings, context, only):
        return halves.synthesise(ROOT, settings, packages, context)
    kernel.prepare(os.environ)
    from synth.single import synthesise  # importing CDK starts its process

    return synthesise(ROOT, settings, packages, context, only)


if __name__ == "__main__":
    sys.exit(main())
