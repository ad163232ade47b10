"""The page itself: one file that loads nothing, from a template in which every value is escaped."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from review.finding import Status
from review.page.controls import crosswalk
from review.page.evidence import Evidence
from review.page.picture import Picture
from review.page.questions import QUESTIONS
from review.reports.results import results
from review.rules.rule import UNREADABLE, reason

Json = Any
_FOLDER = Path(__file__).parent / "template"
#: Where a person looks first.
_ORDER = (Status.FAIL, Status.UNDECIDED, Status.WARNING, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE)


def render(evidence: Evidence) -> str:
    """Return the page. The same evidence gives the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    environment.filters |= {"shown": evidence.shown, "tojson_text": _json}
    style, script = ((_FOLDER / name).read_text("utf-8") for name in ("page.css", "page.js"))
    verdict = evidence.verdict
    picture, doubt = _drawn(evidence)
    return environment.get_template("page.html").render(
        evidence=evidence,
        verdict=verdict,
        results=results(verdict),
        picture=picture,
        doubt=doubt,
        answers=[(question, question.answer(evidence)) for question in QUESTIONS],
        frameworks=crosswalk(verdict),
        rules=sorted(verdict.rules, key=lambda judged: (_ORDER.index(judged.status), judged.rule.id)),
        style=Markup(style),  # noqa: S704 - this project's own file
        script=Markup(script),  # noqa: S704 - this project's own file
        hashes={"style": _hash(style), "script": _hash(script)},
        Status=Status,
    )


def _drawn(evidence: Evidence) -> tuple[Picture | None, str]:
    """The picture; where the templates cannot be read for one, why."""
    try:
        return Picture(evidence), ""
    except UNREADABLE as doubt:
        return None, reason(doubt)


def _json(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _plain(value: Json) -> Json:
    """A value without what changes how the text around it is read: control characters, and marks of direction."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    if value.isascii() and value.isprintable():
        return value
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else "�" for c in value
    )
