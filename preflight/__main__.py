"""``python -m preflight``: what ``make preflight`` calls."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError
from rich.console import Console

from preflight import rights, show
from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks import INFERENCE, LOOKS
from preflight.mantle import Mantle
from preflight.plan import Plan
from preflight.run import run
from review.finding import exit_status
from review.words import many
from stacks.policies.names import BOOTSTRAP_QUALIFIER
from stacks.settings import SettingsError, load
from stacks.settings.place import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
_QUALIFIER = "@aws-cdk/core:bootstrapQualifier"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Look at the account, and print what was found.

    Returns
    -------
    int
        0 when nothing stops the deployment, 1 when something does or could not be asked, 2 when nothing was looked at:
        the settings are wrong, or there are no credentials.
    """
    options = _options(arguments)
    try:
        settings = load(root)
        if options.policy:
            sys.stdout.write(rights.document(settings.deployment.partition))
            return 0
        session = boto3.Session(profile_name=options.profile, region_name=settings.deployment.region)
        region, signing_name = settings.deployment.region, settings.deployment.signing_name
        account = Account(session, region, Mantle(session, region, signing_name))
        number = account.ask("sts", "GetCallerIdentity")["Account"]
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except NotAnsweredError as error:
        sys.stderr.write(
            f"nothing was looked at: {error}\nsign in (aws sso login), pass PROFILE=…, or set AWS_PROFILE\n"
        )
        return 2
    except BotoCoreError as error:  # its texts name profiles and files, no secrets
        sys.stderr.write(f"nothing was looked at: {error}\npass PROFILE=…, or set AWS_PROFILE\n")
        return 2
    plan = Plan(settings, number, _qualifier(), os.environ.get(VARIABLE, "").strip("/"))
    return _look(account, plan, options)


def _look(account: Account, plan: Plan, options: argparse.Namespace) -> int:
    looks = [look for look in LOOKS if not (options.without_inference and look is INFERENCE)]
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    errors.print(f"{plan.name} in account {plan.account}, {plan.region}: {many(len(looks), 'look')}, all at once")
    with show.Progress(errors, len(looks)) as progress:
        findings = run(account, plan, looks, begun=progress.begun, done=progress.done)
    if options.json:
        sys.stdout.write(show.as_json(plan, findings))
    else:
        show.table(Console(highlight=False), findings)
    return exit_status(findings)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m preflight", description="Look at an account before cdk deploy.")
    parser.add_argument("--json", action="store_true", help="print one JSON document for programs")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    parser.add_argument(
        "--without-inference", action="store_true", help="ask no model for a token (16 tokens each otherwise)"
    )
    parser.add_argument("--policy", action="store_true", help="print the IAM policy that this command needs, and end")
    return parser.parse_args(arguments)


def _qualifier() -> str:
    """Read the bootstrap qualifier from where the CDK CLI reads it."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8")).get("context", {})
    return str(context.get(_QUALIFIER, BOOTSTRAP_QUALIFIER))


if __name__ == "__main__":
    sys.exit(main())
