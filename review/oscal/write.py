"""The documents, written to a folder."""

from __future__ import annotations

import json
from pathlib import Path

from review.oscal.assessment import assessment_results
from review.oscal.component import component_definition
from review.verdict import Verdict


def write(verdict: Verdict, folder: Path) -> None:
    """Write `component-definition.json` and `assessment-results.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {
        "component-definition": component_definition(verdict),
        "assessment-results": assessment_results(verdict),
    }
    for name, document in documents.items():
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, "utf-8", newline="\n")
