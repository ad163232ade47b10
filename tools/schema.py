"""Write the JSON Schemas that editors complete and check the settings with: ``python -m tools.schema``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from stacks.catalogue import Catalogue, Frozen
from stacks.settings import Deployment, Team

__all__ = ["SCHEMAS", "main", "schema"]

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


def main(root: Path = ROOT) -> int:
    """Write every schema."""
    for name, model in SCHEMAS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema(model), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
