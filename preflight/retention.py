"""``python -m preflight.retention``: what ``make retention`` calls. Sets zero data retention on the teams' Projects.

CloudFormation has no property for a Project's data retention mode
(https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_bedrockmantle.CfnProject.html), and no function of the
deployment may set it: so an administrator does, with credentials of their own. Without ``--apply`` nothing is changed.
A mode that one of a team's models does not allow is never set: it would make that model unavailable
(https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html).
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks.retention import mode_of, project_of
from preflight.mantle import Mantle
from preflight.plan import Plan
from stacks.settings import SettingsError, Team, load
from stacks.settings.place import VARIABLE

__all__ = ["ROOT", "main", "retain_nothing"]

ROOT = Path(__file__).resolve().parent.parent
_ACTION = "bedrock-mantle:UpdateProject"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Say which mode each team's Project has, and with ``--apply`` set the mode ``none`` where it is another.

    Returns
    -------
    int
        0 when every Project has the mode, or would get it; 1 when one does not; 2 when nothing could be looked at.
    """
    options = _options(arguments)
    try:
        settings = load(root)
        region, signing_name = settings.deployment.region, settings.deployment.signing_name
        session = boto3.Session(profile_name=options.profile, region_name=region)
        mantle = Mantle(session, region, signing_name)
        account = Account(session, region, mantle)
        number = account.ask("sts", "GetCallerIdentity")["Account"]
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (BotoCoreError, NotAnsweredError) as error:
        sys.stderr.write(
            f"nothing was looked at: {error}\nsign in (aws sso login), pass PROFILE=…, or set AWS_PROFILE\n"
        )
        return 2
    plan = Plan(settings, number, folder=os.environ.get(VARIABLE, "").strip("/"))
    teams = [team for team in plan.teams if options.team in (None, team.name)]
    if not plan.teams:
        _say("no team has a file yet, so there is no Project")
        return 0
    if not teams:
        sys.stderr.write(f"no team '{options.team}': it is one of {', '.join(team.name for team in plan.teams)}\n")
        return 2
    of_team = f" TEAM={shlex.quote(options.team)}" if options.team else ""
    of_profile = f" PROFILE={shlex.quote(options.profile)}" if options.profile else ""
    typed = f"{options.typed}{of_team}{of_profile}"
    return retain_nothing(account, mantle, plan, teams, apply=options.apply, say=_say, typed=typed)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def retain_nothing(
    account: Account,
    mantle: Mantle,
    plan: Plan,
    teams: Sequence[Team],
    *,
    apply: bool,
    say: Callable[[str], None],
    typed: str = "make retention",
) -> int:
    """Set the mode ``none`` on the teams' Projects, or say what would be set.

    Parameters
    ----------
    account
        Whom to ask.
    mantle
        Where the mode is set.
    plan
        The deployment.
    teams
        Those of its teams whose Projects are meant.
    apply
        Whether to set it; otherwise nothing is changed.
    say
        Takes a line for the person.
    typed
        What the person typed, without `APPLY=1`.

    Returns
    -------
    int
        0 when every Project has the mode, or would get it; 1 when one does not.
    """
    well, would = True, False
    for team in teams:
        try:
            left = _obstacle(account, plan, team)
            if left is not None:
                say(f"{team.name}: left as it is: {left}")
                well = False
                continue
            project = project_of(account, plan, team) or ""
            mode = mode_of(account, project)
            if mode == "none":
                say(f"{team.name}: {project} has the mode 'none' already")
            elif not apply:
                say(f"{team.name}: {project} has the mode '{mode}', and would get 'none'")
                would = True
            else:
                _set(mantle, project)
                say(f"{team.name}: {project} had the mode '{mode}', and has 'none' now")
        except NotAnsweredError as error:
            say(f"{team.name}: could not be asked: {error}")
            well = False
    if would:
        say(f"nothing was changed; to change it: {typed} APPLY=1")
    return 0 if well else 1


def _obstacle(account: Account, plan: Plan, team: Team) -> str | None:
    """Say why a team's Project must be left alone; None when it may get the mode."""
    if project_of(account, plan, team) is None:
        return f"it has no Project yet: cdk deploy {plan.team_stack(team)} makes it"
    for model in team.models:
        reply = account.mantle("GetModel", "GET", f"/v1/models/{model}")
        modes = reply.texts("data_retention", "allowed_modes")
        if reply.status != 200 or modes is None:
            return f"the modes that {model} allows could not be read (HTTP {reply.status})"
        if "none" not in modes:
            return (
                f"{model} allows {', '.join(modes) or 'no mode'}, and 'none' would make it unavailable: take it out of "
                f"{plan.team_file(team)}, or keep what its terms keep"
            )
    return None


def _set(mantle: Mantle, project: str) -> None:
    """Set the mode, and read it back.

    Raises
    ------
    NotAnsweredError
        It was refused, or another mode was read back.
    """
    path = f"/v1/organization/projects/{project}"
    reply = mantle.send(_ACTION, "POST", path, {"data_retention": {"mode": "none"}})
    if reply.status >= 300:
        raise NotAnsweredError(_ACTION, f"HTTP {reply.status}", is_refused=reply.status in (401, 403))
    found = mantle.send("bedrock-mantle:GetProject", "GET", path).text("data_retention", "mode")
    if found != "none":
        raise NotAnsweredError(_ACTION, f"the mode that was read back is {found or 'none that can be read'}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m preflight.retention", description="Set zero data retention on the teams' Projects."
    )
    parser.add_argument("--apply", action="store_true", help="set it; without this nothing is changed")
    parser.add_argument("--team", help="one team alone")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    parser.add_argument("--typed", default="make retention", help="what was typed, for what is printed to type next")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
