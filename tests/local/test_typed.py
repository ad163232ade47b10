"""Guarantees: what is printed to be typed works as it is printed, whatever the path of the clone or of its state."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local import typed
from local.state import ROOT


def test_what_sources_a_file_sources_it(tmp_path: Path) -> None:
    file = tmp_path / "new comer's" / "env"
    file.parent.mkdir()
    file.write_text("SAID=yes\n")
    done = subprocess.run(["sh", "-c", f'{typed.source(file)} && echo "$SAID"'], capture_output=True, text=True)
    assert done.stdout == "yes\n", done.stderr


def test_what_verifies_is_short_in_the_clone() -> None:
    log, keys = ROOT / ".local/logs/records/a.log", ROOT / ".local/logs/records"
    assert typed.verify(log, keys) == "make audit-verify FROM=.local/logs/records/a.log KEYS=.local/logs/records"
    assert typed.verify(log, None) == "make audit-verify FROM=.local/logs/records/a.log"


def test_what_verifies_takes_a_path_with_a_space_through_both_shells(tmp_path: Path) -> None:
    log, keys = tmp_path / "new comer's" / "a.log", tmp_path / "new comer's" / "atlas.pem"
    line = typed.verify(log, keys).replace("make audit-verify", "make -f made")
    (tmp_path / "made").write_text("""all:\n\t@printf '%s|' --from $(FROM) --keys "$(KEYS)"\n""")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == f"--from|{log}|--keys|{keys}|", done.stderr
