"""Delete the guardrail versions that nobody names any more: ``python -m tools.versions``, ``--apply`` to do it.

A guardrail holds 20 versions, each change of its rules makes one, and a deployment deletes none: CloudFormation would
delete the old version when the guardrail's own stack is done, while the teams' functions, in stacks that are deployed
after it, still name it, and each of their requests would be refused until its turn came. So versions are kept, and
whoever may changes this, with credentials of their own, when no deployment is under way. See ``docs/deployments.md``.

Without ``--apply`` nothing is changed. In doubt nothing is changed either: a stack that is being updated, a function
whose settings cannot be read, or one that was updated so lately that its former self may still be answering.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from review.words import many
from stacks.settings import SettingsError, load
from tools.signing_in import not_asked

__all__ = ["VersionsError", "main"]

ROOT = Path(__file__).parent.parent
# An invocation that began with a function's former settings goes on with them, for 15 minutes at the most
# (https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html); a minute for clocks that differ.
_LINGERS = timedelta(minutes=16)


class VersionsError(Exception):
    """Nothing may be deleted; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _Guardrail:
    """A guardrail of the deployment: its numbered versions, and who names which."""

    id: str
    versions: tuple[int, ...]
    named: Mapping[int, str]

    @property
    def old(self) -> list[int]:
        """The versions that nobody names, oldest first."""
        return [version for version in self.versions if version not in self.named]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT, now: datetime | None = None) -> int:
    """Say which versions would be deleted, or delete them.

    Returns
    -------
    int
        0 when it was said or done; 1, with the reason on standard error, when nothing may be deleted or AWS refused.
    """
    options = _options(arguments)
    say = sys.stdout.write
    try:
        deployment = load(root).deployment
        session = boto3.Session(profile_name=options.profile, region_name=deployment.region)
        found = _look(session, deployment.name, now or datetime.now(UTC))
        for guardrail in found:
            _tell(guardrail, say)
        if not any(guardrail.old for guardrail in found):
            say("There is nothing to delete.\n")
        elif not options.apply:
            say(f"Nothing was done. To delete them: {options.typed}{_of_profile(options.profile)} APPLY=1\n")
        else:
            for guardrail in found:
                _delete(session.client("bedrock"), guardrail, say)
    except (VersionsError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (BotoCoreError, ClientError) as error:  # their texts name actions and resources, no secrets
        again = "What is deleted stays so: run it again\n" if options.apply else ""
        sys.stderr.write(f"{not_asked(error, local=True)}{again}")
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tools.versions", description="Delete old versions of the guardrail.")
    parser.add_argument("--apply", action="store_true", help="do it, instead of saying what would be done")
    parser.add_argument("--profile", default=os.environ.get("PROFILE") or None, help="an AWS profile")
    parser.add_argument("--typed", default="make versions", help="what was typed, for what is printed to type next")
    return parser.parse_args(arguments)


def _of_profile(profile: str | None) -> str:
    return f" PROFILE={shlex.quote(profile)}" if profile else ""


def _tell(guardrail: _Guardrail, say: Callable[[str], object]) -> None:
    say(f"guardrail {guardrail.id}: {many(len(guardrail.versions), 'version')} of 20\n")
    for version, by in sorted(guardrail.named.items()):
        say(f"  {version} stays: {by} names it\n")
    if guardrail.old:
        say(f"  {', '.join(map(str, guardrail.old))}: nobody names {'them' if len(guardrail.old) > 1 else 'it'}\n")


def _delete(bedrock: Any, guardrail: _Guardrail, say: Callable[[str], object]) -> None:
    for version in guardrail.old:
        # Without a version this would delete the guardrail itself
        # (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteGuardrail.html).
        bedrock.delete_guardrail(guardrailIdentifier=guardrail.id, guardrailVersion=str(version))
        say(f"deleted version {version} of {guardrail.id}\n")


def _look(session: Any, deployment: str, now: datetime) -> list[_Guardrail]:
    """Return the deployment's guardrails.

    Raises
    ------
    VersionsError
        Something is under way, or who names what cannot be read.
    """
    stacks = list(_stacks(session.client("cloudformation"), deployment))
    resources = [
        resource
        for stack in stacks
        for page in session.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
    ]
    # Its id is an ARN here, and in what names it the part after the slash.
    ids = [
        r["PhysicalResourceId"].rpartition("/")[2] for r in resources if r["ResourceType"] == "AWS::Bedrock::Guardrail"
    ]
    if not ids:
        raise VersionsError(f"no stack of '{deployment}' has a guardrail: check the credentials' account and Region")
    named: dict[str, dict[int, str]] = {each: {} for each in ids}
    for resource in resources:
        if resource["ResourceType"] == "AWS::Bedrock::GuardrailVersion":
            _name_of_stack(named, resource["PhysicalResourceId"])
    own = {r["PhysicalResourceId"] for r in resources if r["ResourceType"] == "AWS::Lambda::Function"}
    pages = session.client("lambda").get_paginator("list_functions").paginate(FunctionVersion="ALL")
    for function in (function for page in pages for function in page["Functions"]):
        _names_of_function(named, function, is_own=function["FunctionName"] in own, now=now)
    bedrock = session.client("bedrock")
    return [_Guardrail(each, _versions(bedrock, each), named[each]) for each in ids]


def _stacks(cloudformation: Any, deployment: str) -> Iterator[str]:
    """Yield the names of the deployment's stacks, those of teams without a file among them."""
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
            name, status = stack["StackName"], stack["StackStatus"]
            if tags.get("deployment", name.partition("-")[0]) != deployment or status == "DELETE_COMPLETE":
                continue
            if status.endswith("_IN_PROGRESS"):
                raise VersionsError(
                    f"stack '{name}' is {status}: wait until the deployment has ended, and run this again"
                )
            yield name


def _name_of_stack(named: dict[str, dict[int, str]], physical: str) -> None:
    # `guardrail-id|version`
    # (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-bedrock-guardrailversion.html).
    guardrail, _, version = physical.rpartition("|")
    guardrail = guardrail.rpartition("/")[2]
    if not version.isdigit() or not guardrail:
        raise VersionsError(
            f"CloudFormation calls a version of the guardrail '{physical}': it is 'id|number' otherwise"
        )
    named.setdefault(guardrail, {})[int(version)] = "its stack"


def _names_of_function(named: dict[str, dict[int, str]], function: Any, *, is_own: bool, now: datetime) -> None:
    """Note the version that a function names, in any version of the function that was published."""
    label = function["FunctionName"]
    if function.get("Version", "$LATEST") != "$LATEST":
        label += f":{function['Version']}"
    environment = function.get("Environment", {})
    if is_own and "Error" in environment:
        code = environment["Error"].get("ErrorCode", "an error")
        raise VersionsError(
            f"the settings of '{label}' cannot be read ({code}): have somebody run this who may read them"
        )
    for text in environment.get("Variables", {}).values():
        guardrails = [each for each in named if each in text]
        if not guardrails:
            continue
        guardrail, version = _document(text)
        if guardrail not in named or version is None:
            raise VersionsError(f"'{label}' names the guardrail {guardrails[0]}, and its version cannot be read there")
        named[guardrail].setdefault(version, label)
        changed = datetime.strptime(function["LastModified"], "%Y-%m-%dT%H:%M:%S.%f%z")
        if now - changed < _LINGERS:
            until = (changed + _LINGERS).strftime("%H:%M")
            raise VersionsError(
                f"'{label}' was updated at {changed:%H:%M} UTC, and requests that began before may go on with a "
                f"former version: run this again after {until} UTC"
            )


def _document(text: str) -> tuple[str | None, int | None]:
    """Return the guardrail and the version in a function's document; None for what is not there."""
    try:
        document = loads(text)
    except JSONDecodeError:
        return None, None
    if not isinstance(document, dict):
        return None, None
    guardrail, version = document.get("guardrail_id"), str(document.get("guardrail_version"))
    return guardrail, int(version) if version.isdigit() else None


def _versions(bedrock: Any, guardrail: str) -> tuple[int, ...]:
    pages = bedrock.get_paginator("list_guardrails").paginate(guardrailIdentifier=guardrail)
    found = [each["version"] for page in pages for each in page["guardrails"]]
    return tuple(sorted(int(version) for version in found if version.isdigit()))


if __name__ == "__main__":
    sys.exit(main())
