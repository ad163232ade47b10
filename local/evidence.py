"""The chain of what the tour has just done: verified as an auditor does, and with one line altered, found."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.findings import KINDS, Finding
from audit.signatures import Keys, pem, public
from audit.verify import Report, verify
from local import typed
from local.deployment import Deployment
from local.failure import LocalError
from local.terminal import Terminal
from review.words import many

_SIGNED_SECONDS = 10.0
_ALTERED = ('"status":200', '"status":204')


def show(
    terminal: Terminal,
    here: Deployment,
    team: str,
    out: Mapping[str, str],
    log: Path,
    records: Sequence[Mapping[str, Any]],
) -> None:
    """Verify the chains that some records are in, and show what an altered line comes to.

    Parameters
    ----------
    team, out
        Whose they are, and its stack's outputs.
    log
        The file that the function's lines are in.
    records
        As parsed, the last ones of the file.

    Raises
    ------
    LocalError
        The chain is not whole, or the altered line is not found.
    """
    keys = _keys(here, team, out)
    chains = {record["chain"]["id"] for record in records if isinstance(record.get("chain"), dict)}
    lines = _lines(log, chains, signed=bool(keys.of(team)))
    report = _verified(lines, keys)
    terminal.title("The chain of these records, verified")
    if not report.whole:
        found = next(finding for finding in report.findings if finding.fault) if report.findings else None
        raise LocalError(f"the records are not whole: {_said(found)}", next_command="make down up")
    signed = f", {report.signatures} of them signed by the team's own key in KMS" if report.signatures else ""
    terminal.say(f"{many(report.lines, 'line')} in {many(report.chains, 'chain')}{signed}: whole")
    at = next((at for at, line in enumerate(lines) if _ALTERED[0] in line), None)
    if at is None:
        return
    altered = _verified([*lines[:at], lines[at].replace(*_ALTERED), *lines[at + 1 :]], keys)
    found = next((finding for finding in altered.findings if finding.code == "line_altered"), None)
    if found is None:
        raise LocalError("a line was altered, and the verification did not find it", next_command="make down up")
    terminal.say(f"With its status 200 made 204, {_said(found)}")
    given = here.state.records if keys.of(team) else None
    terminal.say(f"(the same by hand: {typed.verify(log, given)})")


def _said(found: Finding | None) -> str:
    return (
        "nothing was written"
        if found is None
        else f"line {found.seq} is found ({found.code}): {KINDS[found.code].what}"
    )


def _keys(here: Deployment, team: str, out: Mapping[str, str]) -> Keys:
    arn = out.get("SigningKeyArn")
    if arn is None:
        return Keys()
    key = public(here.aws.client("kms").get_public_key(KeyId=arn)["PublicKey"])
    # Beside the records, which outlive the embedded AWS and its keys: the records of each run need that run's key.
    (here.state.records / f"{team}.{arn.rpartition('/')[2]}.pem").write_text(pem(key))
    return Keys(by_team={team: [key]}, arns={team: {arn}})


def _lines(log: Path, chains: set[str], *, signed: bool) -> list[str]:
    """Return the lines of some chains; a signature comes when the answer has ended, so it is waited for."""
    deadline = time.monotonic() + _SIGNED_SECONDS
    while True:
        found = [line for line in log.read_text().splitlines() if _chain(line) in chains]
        if not signed or any('"record":"head"' in line for line in found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _chain(line: str) -> str | None:
    try:
        chain = json.loads(line).get("chain")
    except (ValueError, AttributeError):
        return None
    return str(chain["id"]) if isinstance(chain, dict) and "id" in chain else None


def _verified(lines: Sequence[str], keys: Keys) -> Report:
    return verify([iter([(f"line {at}", line) for at, line in enumerate(lines, 1)])], keys)
