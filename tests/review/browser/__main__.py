"""Look at the review's page in a real browser, and validate its OSCAL and its SARIF: `make report-check`.

Two pages are looked at: that of the deployment in `cdk.out`, and that of one that fails, so that what a failure shows
is looked at too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from review.__main__ import main as review
from tests.review.browser.sarif import flaws
from tests.review.proof.conftest import good

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
_LOOK = Path(__file__).parent / "look.mjs"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_DAY = "2026-11-28"
_SECONDS = 300
_VALIDATE = """
import sys
from pathlib import Path
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.component import ComponentDefinition
folder = Path(sys.argv[1])
results = AssessmentResults.oscal_read(folder / "assessment-results.json")
definition = ComponentDefinition.oscal_read(folder / "component-definition.json")
print("OSCAL valid:", len(results.results[0].findings), "findings,", len(definition.components), "component")
"""


def main() -> int:
    """Look at everything; return 1 if something is wrong, and 2 if it could not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m tests.review.browser", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="folder to write pictures of the page to")
    chosen = parser.parse_args()
    browser = _browser()
    if browser is None:
        sys.stderr.write("no Chromium was found: apt install chromium, or name one as CHROMIUM=/path/to/it\n")
        return 2
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, templates, ends in (
            ("as-it-is", ROOT / "cdk.out", 0),
            ("spoiled", _spoiled(Path(folder) / "spoiled-templates"), 1),
        ):
            out = Path(folder) / name
            if review(["check", str(templates), "--out", str(out), "--date", _DAY]) != ends:
                sys.stderr.write(f"the review of {templates} ended otherwise than with {ends}\n")
                wrong += 1
            pictures = [str(chosen.pictures)] if chosen.pictures and ends == 0 else []
            look = ["node", str(_LOOK), str(out / "report.html"), str(VENV / "browser"), browser, *pictures]
            wrong += _ended(look)
            wrong += _ended([str(VENV / "oscal" / "bin" / "python"), "-I", "-c", _VALIDATE, str(out / "oscal")])
            not_sarif = flaws(out / "results.sarif", VENV / "browser")
            sys.stdout.write("".join(f"not SARIF: {each}\n" for each in not_sarif) or "SARIF valid\n")
            wrong += bool(not_sarif)
    return 1 if wrong else 0


def _browser() -> str | None:
    """A Chromium of this machine; installed where this may install."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, timeout=_SECONDS)
        found = shutil.which("chromium")
    return found


def _ended(command: list[str]) -> int:
    return 1 if subprocess.run(command, check=False, timeout=_SECONDS).returncode else 0


def _spoiled(folder: Path) -> Path:
    """Templates with a right that is too wide, and a way out of the network."""
    templates = good()
    rights = templates["Atlas"]["Resources"]["Rights"]["Properties"]["PolicyDocument"]["Statement"]
    rights[0]["Action"] = "bedrock-mantle:*"
    templates["Network"]["Resources"]["Nat"] = {"Type": "AWS::EC2::NatGateway", "Properties": {}}
    folder.mkdir()
    for name, body in templates.items():
        (folder / f"{name}.json").write_text(json.dumps(body, indent=1))
    return folder


if __name__ == "__main__":
    sys.exit(main())
