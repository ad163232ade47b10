"""`AWS::BedrockMantle::Project`: a team's Project, whose id is sent as `OpenAI-Project`.

ministack has no bedrock-mantle service, so the Projects are kept here, and mirrored into `projects.json` of the
local state directory: the stand-in for mantle reads there which Projects exist.

The service can only tag and archive a Project, not rename it, so a new name is a new Project.
https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html
"""

from __future__ import annotations

import json
import os
import secrets
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.types.emulator import Created, Properties, account, region, tags

NAME = "AWS::BedrockMantle::Project"
REPLACING = ("Name",)

_ALPHABET = string.ascii_lowercase + string.digits
_projects: dict[str, dict[str, Any]] = {}


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Create a Project with a fresh `proj_…` id."""
    identifier = "proj_" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
    arn = f"arn:aws:bedrock-mantle:{region()}:{account()}:project/{identifier}"
    _projects[arn] = {
        "id": identifier,
        "arn": arn,
        "name": properties["Name"],
        "created_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "tags": tags(properties),
    }
    _mirror()
    return arn, _attributes(arn)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the tags in place."""
    _projects[physical_id]["tags"] = tags(new)
    _mirror()
    return physical_id, _attributes(physical_id)


def delete(physical_id: str, _properties: Properties) -> None:
    """Remove the Project; requests that name it are refused from then on."""
    _projects.pop(physical_id, None)
    _mirror()


def _attributes(arn: str) -> dict[str, str]:
    project = _projects[arn]
    return {"Id": project["id"], "Arn": arn, "CreatedAt": project["created_at"]}


def _mirror() -> None:
    directory = os.environ.get("CLOISTER_LOCAL")
    if not directory:
        return
    target = Path(directory) / "projects.json"
    draft = target.with_suffix(".json.new")
    draft.write_text(json.dumps(sorted(_projects.values(), key=lambda project: str(project["arn"])), indent=2))
    draft.replace(target)
