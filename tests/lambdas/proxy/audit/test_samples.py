"""The samples of the record can be made again: by the function of today, and each line of it is in the schema."""

from __future__ import annotations

import json

from audit.lines import LINES
from audit.valid import wrong

from ..support.authority import Authority
from . import samples


def test_the_function_of_today_writes_what_the_samples_hold(authority: Authority) -> None:
    lines, key = samples.made(authority)
    fresh = [json.loads(line) for line in lines]
    assert [wrong(line) for line in fresh if wrong(line)] == []
    assert key.startswith("-----BEGIN PUBLIC KEY-----")
    kept = [
        json.loads(line) for path in samples.PLACE.glob("v*.jsonl") for line in path.read_text("utf-8").splitlines()
    ]
    for record in {line["record"] for line in fresh}:
        names = {name for line in (*fresh, *kept) if line["record"] == record for name in line}
        assert (
            names == {name for line in kept if line["record"] == record for name in line} == set(LINES[record].fields)
        )
