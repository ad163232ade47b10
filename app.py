"""The app: settings in, stacks out. ``cdk synth`` runs it; it needs no credentials, no network and no Docker."""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from lambdas.package import build_all, notice
from review.finding import report
from stacks.kit import assemble, synthesise
from stacks.settings import SettingsError, load

ROOT = Path(__file__).parent


def main() -> int:
    """Synthesise the deployment that the settings describe; 1 when they are wrong, or the templates are."""
    try:
        # As the CLI passes it on, before there is an app: making one writes its folder already.
        settings = load(ROOT, json.loads(os.environ.get("CDK_CONTEXT_JSON") or "{}").get("settings"))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    packages = build_all(ROOT, ROOT / "build", settings.catalogue.as_json())
    sys.stderr.write(f"{notice(packages.kind)}\n")
    # The CLI passes the context of cdk.json on; without the CLI it is read here, so that the templates are the same.
    app = App(context=json.loads((ROOT / "cdk.json").read_text())["context"])
    assemble(app, settings, packages)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    broken = synthesise(app, settings)
    if broken:
        sys.stderr.write(f"The templates do not keep what this kit promises:\n{report(broken)}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
