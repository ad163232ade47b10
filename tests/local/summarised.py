"""The nightly summariser of ``teams/examples``, run once as EventBridge would start it, and what comes of it."""

from __future__ import annotations

from typing import Any

import httpx

from local import root
from tests.e2e.kit import Kit
from tests.waiting import LONG

NIGHTLY = "Cloister-Team-summariser-Nightly"
OPENED = "\nextensions:\n  - bucket: acme-minutes\n    team: summariser\n"
_SECRET = "Heliotrope"


def documents_are_summarised_once_each(kit: Kit, s3: Any) -> None:
    """A document gets a summary, once; one that the guardrail blocks gets none; no word of either is in a record."""
    # The bucket is there, empty: `make up` makes what the settings name.
    said = {"one & two.txt": f"The board of {_SECRET} met.", "blocked.txt": f"{_SECRET} is Project Nightjar."}
    for name, text in said.items():
        s3.put_object(Bucket="acme-minutes", Key=f"incoming/{name}", Body=text.encode())
    assert run(kit, NIGHTLY) == {"summarised": 1, "failed": 1}
    kept = {found["Key"] for found in s3.list_objects_v2(Bucket="acme-minutes")["Contents"]}
    assert kept == {*(f"incoming/{name}" for name in said), "summaries/one & two.txt"}
    summary = s3.get_object(Bucket="acme-minutes", Key="summaries/one & two.txt")["Body"].read().decode()
    assert "google.gemma-4-e2b" in summary, "what the stand-in for the model says names it"
    assert run(kit, NIGHTLY) == {"summarised": 0, "failed": 1}
    written = (kit.state.records / f"{NIGHTLY}.log").read_text()
    assert '"summarised": 1' in written
    assert not [word for word in (_SECRET, "one & two", "blocked", "Nightjar") if word in written]
    (caller,) = {record["principal"] for record in kit.next_records("summariser", 0, 3)}
    assert ":assumed-role/Cloister-Team-summariser-" in caller


def run(kit: Kit, function: str) -> Any:
    """Start a function as the clock would, and return what it returns."""
    door = f"http://127.0.0.1:{kit.ports['door']}"
    assert httpx.post(f"{door}/_invoke/{function}", timeout=LONG).status_code == 403, "the kit's own word starts it"
    answer = httpx.post(f"{door}/_invoke/{function}", headers=root.control(kit.state), timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()
