"""The look before a deployment, at an account in which the kit stands: nothing is in its own way."""

from __future__ import annotations

import json

from preflight.looks import LOOKS
from tests.clone import run_local
from tests.e2e.kit import Kit


def test_a_deployment_is_not_in_its_own_way(kit: Kit) -> None:
    ran = run_local(kit.state.directory.parent, "preflight", "--json")
    findings = json.loads(ran.stdout)["findings"]
    # The embedded AWS gives the deploying role none of the policies that bootstrapping attaches to it, and the suite's
    # settings name nobody who is told of alarms.
    assert {f["code"] for f in findings if f["status"] in ("warning", "stops")} == {"deploying-role", "alarms"}, (
        findings
    )
    # Every look is answered: of models and Projects by the stand-ins.
    assert [finding for finding in findings if finding["status"] == "could-not-be-asked"] == []
    assert ran.returncode == 0, ran.stderr
    total = len(LOOKS)
    assert f"{total}/{total} " in ran.stderr.splitlines()[-1]
    well = {finding["where"]: finding["found"] for finding in findings if finding["status"] == "ok"}
    # Another test of this kit may have updated it.
    assert well["Cloister-Team-atlas"] in {f"{did}_COMPLETE: it will be updated" for did in ("CREATE", "UPDATE")}
    assert well["Cloister-baseline"] == "the guardrail is its stack's own"
