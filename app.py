"""The app: settings in, stacks out. ``cdk synth`` runs it; it needs no credentials, no network and no Docker."""

import json
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
    # The CLI passes the context of cdk.json on; without the CLI it is read here, so that the templates are the same.
    app = App(context=json.loads((ROOT / "cdk.json").read_text())["context"])
    try:
        settings = load(ROOT, app.node.try_get_context("settings"))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    packages = build_all(ROOT, ROOT / "build", settings.catalogue.as_json())
    sys.stderr.write(f"{notice(packages.kind)}\n")
    assemble(app, settings, packages)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    broken = synthesise(app, settings)
    if broken:
        sys.stderr.write(f"The templates do not keep what this kit promises:\n{report(broken)}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
