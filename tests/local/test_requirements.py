"""What is installed: every pin exact and with its reason, and one version of a package wherever it is named."""

from __future__ import annotations

import json
import re
from importlib.metadata import version

from local.state import ROOT

FILES = ("requirements.txt", "local/requirements.txt", "tests/requirements.txt", "review/requirements.txt")


def pins() -> dict[str, set[str]]:
    """Versions by package, over all files."""
    found: dict[str, set[str]] = {}
    for name in FILES:
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith("#"):
                match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)(\s+#.*)?", line)
                assert match, f"{name}: {line!r} is not an exact pin"
                found.setdefault(match[1].lower(), set()).add(match[2])
    return found


def test_a_package_has_one_version() -> None:
    assert {name: versions for name, versions in pins().items() if len(versions) != 1} == {}


def test_what_is_installed_is_what_is_pinned() -> None:
    assert {name: version(name) for name in pins()} == {name: next(iter(versions)) for name, versions in pins().items()}


def test_the_cdk_cli_is_pinned_with_its_checksum_and_names_no_registry() -> None:
    text = (ROOT / "local" / "cdk" / "package-lock.json").read_text()
    wanted = json.loads((ROOT / "local" / "cdk" / "package.json").read_text())["dependencies"]["aws-cdk"]
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", wanted)
    assert packages["node_modules/aws-cdk"]["version"] == wanted
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert "http" not in text
