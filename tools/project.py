"""Make a team's Bedrock Project where CloudFormation cannot: ``python -m tools.project --team atlas``.

Standard output gets the one line that the team's file needs. Run it once for a team: the service lets two Projects have
one name. See ``docs/regions.md``.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from preflight.answers import NotAnsweredError
from preflight.mantle import Mantle, Reply, Transport
from stacks.settings import Mistake, SettingsError
from stacks.settings.place import DEPLOYMENT, TEAMS, VARIABLE
from stacks.settings.source import Document, read
from tools.signing_in import ADVICE, not_asked

__all__ = ["ProjectError", "main"]

ROOT = Path(__file__).parent.parent
_PATH = "/v1/organization/projects"
_ID = re.compile(r"proj_[A-Za-z0-9_-]+")


class ProjectError(Exception):
    """No Project can be made; the text says why, and what to do."""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT, send: Transport | None = None) -> int:
    """Make a Project and print the line for the team's file; 1, with the reason on standard error, when it cannot."""
    options = _options(arguments)
    try:
        # The files are read and not checked: that the Project is missing is what would be wrong with them.
        folder = os.environ.get(VARIABLE, "").strip("/")
        start = f"{folder}/" if folder else ""
        deployment = _document(root, f"{start}{DEPLOYMENT}")
        team = _document(root, f"{start}{TEAMS}/{options.team}.yaml")
        if found := team.text("project"):
            raise ProjectError(f"{team.file} names {found} already: nothing was made")
        name, region, owner = deployment.text("name"), deployment.text("region"), team.text("owner")
        if not (name and region and owner):
            raise ProjectError(f"{DEPLOYMENT} needs 'name' and 'region', and {team.file} needs 'owner'")
        session = boto3.Session(profile_name=options.profile, region_name=region)
        if session.get_credentials() is None:
            raise ProjectError(f"no AWS credentials: {ADVICE}")
        made = _make(
            Mantle(session, region, deployment.text("signing_name") or "bedrock-mantle", send),
            {"name": f"{name}-{options.team}", "tags": {"deployment": name, "owner": owner, "team": options.team}},
        )
    except (ProjectError, NotAnsweredError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BotoCoreError as error:  # its texts name profiles and files, no secrets
        sys.stderr.write(not_asked(error))
        return 1
    identifier = made.text("id") or ""
    if not _ID.fullmatch(identifier):
        sys.stderr.write("bedrock-mantle made a Project and did not say its id: look it up with GET of the same path\n")
        return 1
    sys.stdout.write(f"project: {identifier}\n")
    sys.stderr.write(f"made in {region}: add this line to {team.file}\n")
    return 0


def _make(mantle: Mantle, project: dict[str, object]) -> Reply:
    reply = mantle.send("bedrock-mantle:CreateProject", "POST", _PATH, project)
    if reply.status >= 300:
        raise ProjectError(
            f"bedrock-mantle answered {reply.status} to POST {_PATH}: {reply.said or 'without a reason'}"
        )
    if not isinstance(reply.body, dict):
        raise ProjectError(f"bedrock-mantle answered {reply.status} to POST {_PATH}, and not with a JSON object")
    return reply


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tools.project", description="Make a team's Bedrock Project.")
    parser.add_argument("--team", required=True, help="a team, by the name of its file")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    return parser.parse_args(arguments)


def _document(root: Path, file: str) -> Document:
    mistakes: list[Mistake] = []
    document = read(root / file, file, mistakes)
    if document is None or mistakes:
        raise SettingsError(mistakes)
    return document


if __name__ == "__main__":
    sys.exit(main())
