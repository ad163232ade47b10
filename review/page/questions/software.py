"""What is installed in the functions, and which model answers."""

from __future__ import annotations

import json
import zipfile
from typing import Any

from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import judged
from review.page.source import Line

Json = Any


def _installed(evidence: Evidence) -> Answer:
    rows = [
        [p.name, p.sha256, str(len(p.files)), ", ".join(p.tops), ", ".join(p.installed) or "none"]
        for p in evidence.packages
    ]
    lines = [evidence.line(f, "Code", "S3Key") for f in evidence.of_type("AWS::Lambda::Function")]
    lines += [Line(p.name, 0, "its bytes", f"sha256 {p.sha256}") for p in evidence.packages]
    said = (
        "The packages that the functions name, by their own bytes; the section Software lists every file with its hash."
        if rows
        else "The packages do not lie beside these templates: what is in them was not seen."
    )
    return answer(
        said,
        *judged(evidence, "package-is-pinned", "has-no-layers"),
        headings=("Package", "SHA-256", "Files", "At its top", "Distributions installed into it"),
        rows=rows,
        lines=[
            *lines,
            *evidence.rule("package-is-pinned", "has-no-layers", "goes-where-it-was-sent", "runtime-is-supported"),
        ],
        beyond=(
            "Whether it is what the commit says: `make build` in a clone of that commit prints the same "
            "SHA-256, if it is. "
            "The templates do not name a commit.",
            "What AWS's runtime holds is AWS's.",
        ),
    )


def _model(evidence: Evidence) -> Answer:
    known = _catalogue(evidence)
    rows: list[list[str]] = []
    for name in dict.fromkeys(model for way in evidence.ways for model in way.models):
        facts = known.get(name, {})
        rows.append(
            [
                name,
                str(facts.get("name", "not in the package's catalogue")),
                str(facts.get("owner", "")),
                str(facts.get("license", "not stated")),
                str(facts.get("end_of_life", "not stated")),
            ]
        )
    lines = [evidence.line(w.function, "Environment") for w in evidence.ways if w.function is not None]
    return answer(
        "Roles may use these models, by exact id.",
        headings=("Model", "Called", "From", "Licence", "End of life"),
        rows=rows,
        lines=[*lines, *evidence.rule("models-are-gemma")],
        beyond=(
            "An id is not a build: which weights answer to it is AWS's to say, and may change under the same id.",
            "Licence and end of life, where the table does not state them, stand on the model's card: "
            "https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards.html",
        ),
    )


def _catalogue(evidence: Evidence) -> dict[str, Json]:
    """The facts of models that a function's package carries."""
    for package in evidence.packages:
        if any(name == "catalogue.json" for name, _ in package.files):
            with zipfile.ZipFile(evidence.folder / package.name) as opened:
                found: dict[str, Json] = json.loads(opened.read("catalogue.json")).get("models", {})
            return found
    return {}


QUESTIONS = {
    "installed": Question(
        "installed", "What is installed in the function (SBOM), and is it what the commit says?", _installed
    ),
    "model": Question("model", "Which model version answers, and what is its licence and end of life?", _model),
}
