"""Each finding is produced by an account that has the trouble, and not by one that has not.

Guarantees: of every code that a look can say, with every status, there is a case; what is found is exactly said, with a
cure; and a look that could not be asked says so and loses nothing of what it found before.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from preflight import looks
from preflight.looks import LOOKS
from review.finding import PREFLIGHT, Status
from tests.preflight.cases import CASES
from tests.preflight.cases.common import Case
from tests.preflight.recorded import looked, plan

_STATUSES = {"ok": Status.OK, "warning": Status.WARNING, "stops": Status.STOPS}
_MODULES = sorted(Path(looks.__file__).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}: {case.name}")
def test_a_look_finds(case: Case) -> None:
    findings = looked(case.look, case.answers, case.replies, plan(case.deployment, case.team))
    assert {finding.status for finding in findings} <= PREFLIGHT
    texts = [
        "\n".join([finding.where, finding.found, finding.why, finding.cure])
        for finding in findings
        if (finding.code, finding.status) == (case.code, case.status)
    ]
    assert any(all(word in text for word in case.words) for text in texts), "\n\n".join(
        "\n".join(finding.lines()) for finding in findings
    )


def test_every_finding_that_a_look_can_make_has_a_case() -> None:
    made = set()
    for module in _MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _STATUSES:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{module.name}:{node.lineno} computes its code"
                made.add((code.value, _STATUSES[node.func.id]))
    assert len(made) > 40, "the modules are read wrongly"
    shown = {(case.code, case.status) for case in CASES}
    assert made - shown == set()


def test_every_trouble_has_an_account_without_it() -> None:
    """Of each look there is a case that is well, so that no look can find trouble everywhere."""
    fine = {case.look.code for case in CASES if case.status is Status.OK}
    assert {look.code for look in LOOKS} - fine == set()


def test_every_module_is_a_look_that_is_taken() -> None:
    names = {module.stem for module in _MODULES}
    taken = {look.ask.__module__.rpartition(".")[2] for look in LOOKS}
    assert names == taken
    assert len({look.code for look in LOOKS}) == len(LOOKS)
    assert all(look.source.startswith("https://") and look.why and look.title for look in LOOKS)
