"""Write the JSON Schemas of settings and evidence, and the page on the latter: ``python -m tools.schema``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from audit.schema import json_schema, page
from stacks.catalogue import Catalogue, Frozen
from stacks.settings import Deployment, Team

__all__ = ["MADE", "SCHEMAS", "main", "schema"]

ROOT = Path(__file__).parent.parent

SCHEMAS: dict[str, type[Frozen]] = {
    "docs/schema/cloister.schema.json": Deployment,
    "docs/schema/team.schema.json": Team,
    "docs/schema/catalogue.schema.json": Catalogue,
}
"""Where each schema is, and the model that it describes."""


def schema(model: type[Frozen]) -> str:
    """Return a model's JSON Schema as text, with a line end."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


RECORD, PAGE = "docs/schema/record.schema.json", "docs/record.md"
FIELDS = "## Fields"
"""Where the page's part begins that is made; what stands before it is written by hand."""


def record() -> str:
    """Return the schema of the lines of evidence as text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def explained(before: str) -> str:
    """Return the page on them, given the page as it is."""
    return page(before.partition(FIELDS)[0] + FIELDS)


MADE = (*SCHEMAS, RECORD, PAGE)
"""All that is written."""


def main(root: Path = ROOT) -> int:
    """Write every schema."""
    for name, model in SCHEMAS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema(model), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    (root / RECORD).write_text(record(), encoding="utf-8")
    before = (ROOT / PAGE).read_text(encoding="utf-8")
    (root / PAGE).write_text(explained(before), encoding="utf-8")
    sys.stdout.write(f"{RECORD}\n{PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
