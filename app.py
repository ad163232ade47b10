"""The app: settings in, stacks out. ``cdk synth`` runs it; it needs no credentials, no network and no Docker."""

import json
import os
import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from lambdas.package import build_all, notice
from review.day import today
from review.finding import report
from review.packs import APART
from review.plugin import Review
from review.rules.catalogue import by_id
from review.waivers import Register
from stacks.acknowledgements import acknowledge
from stacks.extension_files import ExtensionError, find
from stacks.kit import assemble
from stacks.limits import warnings
from stacks.opinions import write as write_opinions
from stacks.settings import TEAMS, SettingsError, load
from stacks.template_check import TemplateCheck
from stacks.unchanged import Unchanged, without_extensions

ROOT = Path(__file__).parent
#: Where each construct was made is in no template, and takes time to find out. Not in cdk.json: the CLI warns of
#: keys there that begin so.
_NO_TRACES = {"aws:cdk:disable-creation-stack-traces": True, "aws:cdk:disable-stack-trace": True}


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
    # The CLI passes the context of cdk.json on; without the CLI it is read here, so that the templates are the same.
    flags = json.loads((ROOT / "cdk.json").read_text())["context"] | _NO_TRACES
    app = App(context=flags, builtin_cloud_formation_validation=False)
    folder = Path(context.get("settings") or os.environ.get("SETTINGS") or "") / TEAMS
    files = {team.name: folder / f"{team.name}.py" for team in settings.teams if only is None or team.name in only}
    extended = {team: file.as_posix() for team, file in files.items() if (ROOT / file).is_file()}
    # Before any code of a team's runs: what it changes of what all teams share must not be in here too.
    as_made = without_extensions(settings, packages, flags, extended, only)
    try:
        extensions = find(ROOT / folder, folder.as_posix(), [team.name for team in settings.teams])
        kit = assemble(app, settings, packages, extensions=extensions, only=only)
    except ExtensionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    register = Register.read(rules=by_id())
    acknowledge(
        kit.stacks,
        [waiver for waiver in register.standing(today()) if waiver.is_of_a_pack and waiver.pack not in APART],
    )
    templates = TemplateCheck(kit.stacks, ROOT / "build" / "templates.json")
    unchanged = Unchanged(as_made, extended, settings.deployment.name)
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


if __name__ == "__main__":
    sys.exit(main())
