"""Every piece of ``cloister.yaml`` that the documentation shows is right as it stands."""

import re
from pathlib import Path

import pytest
import yaml

from stacks.settings import load
from tests.clone import ROOT

BLOCKS = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "network.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_documented_piece_is_right(root: Path, block: str) -> None:
    path = root / "cloister.yaml"
    settings = yaml.safe_load(path.read_text())
    piece = yaml.safe_load(block)
    guardrail = settings["guardrail"] | piece.pop("guardrail", {})
    path.write_text(yaml.safe_dump(settings | {"guardrail": guardrail} | piece))
    assert load(root).deployment.network


def test_every_mode_is_documented() -> None:
    modes = {yaml.safe_load(block).get("network", {}).get("mode", "isolated") for block in BLOCKS}
    assert modes == {"isolated", "existing", "hub", "development"}
