"""What CloudFormation's registry requires of each type that the review knows: `python -m tests.review.rules.required`.

The registry's schemas are those that cfn-lint carries (https://github.com/aws-cloudformation/cfn-lint, MIT-0).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from review.rules import types
from review.rules.types import KNOWN

Json = Any
FILE = Path(types.__file__).parent / "required.json"
_REGION = "us-east-1"
_DEEP = 6


def required() -> dict[str, dict[str, str]]:
    """What is required at each level of each type; `*` stands for every element of a list."""
    found: dict[str, dict[str, str]] = {}
    for kind in sorted(KNOWN):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, kind).schema
        levels = dict(_levels(schema, schema, ""))
        if levels:
            found[kind] = levels
    return found


def _levels(whole: Json, part: Json, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if "$ref" in part:
        part = whole["definitions"][part["$ref"].rpartition("/")[2]]
    if depth > _DEEP:
        return
    if part.get("required") and (path or part is whole):
        yield path, " ".join(sorted(part["required"]))
    start = f"{path}." if path else ""
    for name, inner in sorted(part.get("properties", {}).items()):
        yield from _levels(whole, inner, f"{start}{name}", depth + 1)
    if isinstance(part.get("items"), dict):
        yield from _levels(whole, part["items"], f"{start}*", depth + 1)


if __name__ == "__main__":
    FILE.write_text(json.dumps(required(), indent=1, sort_keys=True) + "\n")
