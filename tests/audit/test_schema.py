"""Guarantees: lines of every version stay valid, schema and check agree, and nothing of a caller breaks a line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.kinds import Each, Field, Kind, Nested, Text
from audit.lines import LINES, VERSIONS
from audit.schema import json_schema
from audit.signatures import Keys, public
from audit.valid import wrong
from lambdas.proxy.audit import changes, words
from lambdas.proxy.audit.record import STAGES
from lambdas.proxy.openai import chat, responses
from tests.audit.made import report
from tests.audit.samples import SAMPLES, lines, version


@cache
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_version_has_samples_and_they_have_every_kind_of_line() -> None:
    assert {version(path) for path in SAMPLES} == set(VERSIONS)
    for number, of in VERSIONS.items():
        assert {json.loads(line)["record"] for line in lines(number)} == set(of), "a sample for each kind of line"


@pytest.mark.parametrize("number", VERSIONS)
def test_lines_of_every_version_stay_valid(number: int) -> None:
    for line in lines(number):
        assert wrong(json.loads(line)) is None, line
        validator().validate(json.loads(line))


def test_every_field_of_the_present_version_is_in_a_sample_and_is_more_than_null_in_one() -> None:
    """With a field that is new, `python -m tests.lambdas.proxy.audit.samples` makes samples that have it."""
    held = [json.loads(line) for line in lines(max(VERSIONS))]
    missing = set()
    for record, line in LINES.items():
        missing |= set(_unsampled(dict(line.fields), [one for one in held if one["record"] == record], f"{record}."))
    # A notice of retention is of no request: the field is there for tables that have it of every line.
    assert missing == {"retention.request_id"}


def _unsampled(fields: dict[str, Field], held: list[Any], above: str) -> Iterator[str]:
    for name, field in fields.items():
        values = [one[name] for one in held if one.get(name) is not None]
        if not values:
            yield f"{above}{name}"
        kind = field.kind
        if isinstance(kind, Nested):
            yield from _unsampled(dict(kind.fields), values, f"{above}{name}.")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.stem))
def test_the_chain_of_each_sample_is_whole_by_its_key(path: Path) -> None:
    """What is made by later code than a verification's is as good to it, and the reverse."""
    key = public(path.with_suffix(".pem").read_bytes())
    found = report([path.read_text("utf-8").splitlines()], Keys(any=[key]))
    assert (
        found.signatures >= 1 and [one for one in found.findings if one.fault and one.code != "request_not_ended"] == []
    )


#: Values of other types and forms than those of any field.
_STRANGE = st.sampled_from([None, True, -1, 0, 1.5, "", "ok", "a\nb", "=1+1", [], ["x y"], {}, {"a": 1}, {"A": -1}])


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in below:
        yield from _places(item, (*path, name))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_check_says_what_the_published_schema_says(data: st.DataObject) -> None:
    line = json.loads(data.draw(st.sampled_from(lines(1))))
    *above, last = data.draw(st.sampled_from(list(_places(line))))
    target = line
    for step in above:
        target = target[step]
    match data.draw(st.sampled_from(["set", "remove", "add"])):
        case "set":
            target[last] = data.draw(_STRANGE)
        case "remove":
            del target[last]
        case _ if isinstance(target, dict):
            target["extra"] = data.draw(_STRANGE)
    assert (wrong(line) is None) == validator().is_valid(line), line


def _texts(fields: dict[str, Field], above: str = "") -> Iterator[tuple[str, Kind]]:
    for name, field in fields.items():
        kind = field.kind.of if isinstance(field.kind, Each) else field.kind
        if isinstance(kind, Nested):
            yield from _texts(dict(kind.fields), f"{above}{name}.")
        yield f"{above}{name}", kind


def test_no_text_of_a_request_s_lines_may_break_a_line_a_field_or_a_cell() -> None:
    for record in ("began", "inference", "access", "authorization"):
        for name, kind in _texts(dict(LINES[record].fields)):
            if isinstance(kind, Text):
                for text in ("a\nb", "a\rb", 'a"b', "a\x00b", "a\u2028b", "a;b", "a\tb", '"', "=cmd|' /C calc'!A0"):
                    assert not re.fullmatch(kind.pattern, text), (record, name, text)


@given(st.text(max_size=80))
def test_what_callers_choose_stays_in_its_cell(name: str) -> None:
    arn = f"arn:aws:sts::123456789012:assumed-role/dev/{name}"
    said = (words.principal(arn), words.session(arn), words.id(name), words.principal(name))
    for text in said:
        assert text is not None and text.isascii() and text.isprintable() and not {'"', "'", ";", " "} & set(text)
        assert not text.startswith(("=", "+", "-", "@"))
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONE).writerow([said[1], said[2]])
    assert out.getvalue().count(",") == 1, "not even where nobody quotes"
    base = json.loads(next(line for line in lines(1) if '"record":"began"' in line))
    base.update(principal=said[0], session=said[1], request_id=said[2])
    assert wrong(base) is None


def test_parameters_have_names_that_the_schema_takes() -> None:
    base = json.loads(next(line for line in lines(1) if '"record":"inference"' in line))
    known = {*chat._KNOWN, *responses._KNOWN}
    base["request"]["asked"] = sorted(known)
    assert wrong(base) is None
    assert set(changes.CHANGED.values()) <= known
    assert set(base["stages"]) == set(STAGES)
