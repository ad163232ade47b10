"""Close a team that has left: ``python -m tools.retire --team atlas``, and ``--yes`` to do it.

A team's file is taken away first, so that no deployment makes it again. Deleting the file and deploying does not close
its API: CDK leaves a stack alone that no file stands for. This locks the callers out before anything else, archives the
Project and deletes the stack; records and keys stay as long as they are kept. See ``docs/deployments.md``.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from preflight.answers import NotAnsweredError
from preflight.mantle import Mantle, Transport
from stacks.settings import SettingsError, load
from tools.signing_in import not_asked

__all__ = ["RetireError", "main"]

ROOT = Path(__file__).parent.parent
# Lambda takes its network interfaces away by itself, which takes it up to twenty minutes
# (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
_WAIT = {"Delay": 15, "MaxAttempts": 160}
_OPEN = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_FAILED"})


class RetireError(Exception):
    """The team cannot be closed; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _Team:
    """What is deployed of a team."""

    stack: str
    functions: tuple[str, ...]
    log_group: str
    project: str
    owns_project: bool


def main(arguments: Sequence[str] | None = None, root: Path = ROOT, transport: Transport | None = None) -> int:
    """Say what would be done, or do it; return 1, with the reason on standard error, when it cannot be done."""
    options = _options(arguments)
    try:
        deployment = load(root).deployment
        if options.team in {team.name for team in load(root).teams}:
            raise RetireError(
                f"teams/{options.team}.yaml is there, and the next deployment would make the team again: take the file "
                "away first"
            )
        session = boto3.Session(profile_name=options.profile, region_name=deployment.region)
        found = _find(session.client("cloudformation"), deployment.name, f"{deployment.name}-Team-{options.team}")
        for number, step in enumerate(_steps(found), 1):
            sys.stdout.write(f"{number}. {step}\n")
        if not options.yes:
            of = f" PROFILE={shlex.quote(options.profile)}" if options.profile else ""
            sys.stdout.write(f"Nothing was done. To do it: make retire TEAM={shlex.quote(options.team)}{of} YES=1\n")
            return 0
        _close(session.client("lambda"), found, sys.stdout.write)
        if not found.owns_project:
            _archive(Mantle(session, deployment.region, deployment.signing_name, transport), found.project)
            sys.stdout.write(f"archived {found.project}\n")
        _delete(session.client("cloudformation"), found, sys.stdout.write)
    except (RetireError, NotAnsweredError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (BotoCoreError, ClientError) as error:  # their texts name actions and resources, no secrets
        again = "What is done stays done: run it again\n" if options.yes else ""
        sys.stderr.write(f"{not_asked(error)}{again}")
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tools.retire", description="Close a team that has left.")
    parser.add_argument("--team", required=True, help="the team, by the name that its file had")
    parser.add_argument("--yes", action="store_true", help="do it, instead of saying what would be done")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    return parser.parse_args(arguments)


def _find(cloudformation: Any, deployment: str, name: str) -> _Team:
    try:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            raise RetireError(f"no stack '{name}': the team is closed already, or has another name") from None
        raise
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
    if tags.get("deployment", deployment) != deployment:
        raise RetireError(f"stack '{name}' is of the deployment '{tags['deployment']}', not of '{deployment}'")
    if stack["StackStatus"] not in _OPEN:
        raise RetireError(f"stack '{name}' is {stack['StackStatus']}: wait for it, or mend it, and run this again")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}
    missing = [key for key in ("ProxyFunction", "ProxyLogGroup", "ProjectId") if key not in outputs]
    if missing:
        raise RetireError(f"stack '{name}' has no output {', '.join(missing)}: it is no team's of this kit")
    functions = (outputs["ProxyFunction"], *([f] if (f := outputs.get("AuthorizerFunction")) else []))
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    owns = any(resource["ResourceType"] == "AWS::BedrockMantle::Project" for resource in resources)
    return _Team(name, functions, outputs["ProxyLogGroup"], outputs["ProjectId"], owns)


def _steps(team: _Team) -> list[str]:
    archived = "with the stack" if team.owns_project else "by a request, since the stack did not make it"
    return [
        f"lock the callers out at once: no concurrency for {' and '.join(team.functions)}",
        f"archive the Project {team.project}, {archived}",
        f"delete the stack {team.stack}, which takes up to 20 minutes",
        f"keep the records, {team.log_group}, as long as every log group is kept",
    ]


def _close(functions: Any, team: _Team, say: Callable[[str], object]) -> None:
    """Refuse every request from now on: a function without concurrency is not run."""
    for name in team.functions:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        say(f"closed {name}\n")


def _archive(mantle: Mantle, project: str) -> None:
    path = f"/v1/organization/projects/{project}/archive"
    reply = mantle.send("bedrock-mantle:ArchiveProject", "POST", path, {})
    if reply.status >= 300:
        raise RetireError(f"bedrock-mantle answered {reply.status} to POST {path}: {reply.said or 'without a reason'}")


def _delete(cloudformation: Any, team: _Team, say: Callable[[str], object]) -> None:
    cloudformation.delete_stack(StackName=team.stack)
    say(f"deleting {team.stack}: the callers are out already\n")
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=team.stack, WaiterConfig=_WAIT)
    except WaiterError as error:
        raise RetireError(
            f"{team.stack} is not deleted: {error}; look at its events (aws cloudformation describe-stack-events "
            f"--stack-name {team.stack}), and run this again. Its API stays closed"
        ) from None
    say(f"deleted {team.stack}; its records stay in {team.log_group}\n")


if __name__ == "__main__":
    sys.exit(main())
