"""`AWS::Bedrock::GuardrailVersion`: a snapshot of a guardrail's draft, under a number that never changes.

Both properties replace: a new description is a new version of what the draft holds then, which is how a template
pins the content that it was written with.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-bedrock-guardrailversion.html
"""

from __future__ import annotations

import copy
import json

from local.types.emulator import Created, EmulatorError, Properties, answer, service

NAME = "AWS::Bedrock::GuardrailVersion"
REPLACING = ("Description", "GuardrailIdentifier")


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Make the next version; `Ref` is `guardrail-id|version`."""
    bedrock = service("bedrock")
    request = json.dumps({"description": properties.get("Description", "")}).encode()
    made = answer(bedrock._create_guardrail_version(properties["GuardrailIdentifier"], request))
    identifier, version = made["guardrailId"], made["version"]
    key = f"{identifier}/{version}"
    # ministack's snapshot shares its policies with the draft; a deep copy keeps a version from moving with it.
    snapshot = copy.deepcopy(bedrock._guardrail_versions[key])
    snapshot["Description"] = properties.get("Description", "")
    bedrock._guardrail_versions[key] = snapshot
    return f"{identifier}|{version}", {
        "GuardrailArn": snapshot["GuardrailArn"],
        "GuardrailId": identifier,
        "Version": version,
    }


def update(physical_id: str, _old: Properties, _new: Properties, _stack_name: str) -> Created:
    """Refuse: there is no property that may change in place."""
    raise EmulatorError(f"{NAME} {physical_id}: every change replaces it, so there is nothing to update in place")


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete this one version."""
    service("bedrock")._guardrail_versions.pop(physical_id.replace("|", "/"), None)
