"""AWS Control Tower's proactive controls, as the rules of cfn-guard that CDK's plugin of the name carries.

cfn-guard itself has no wheel; the package `cdklabs.cdk-validator-cfnguard` brings its binary and the rules.
https://github.com/cdklabs/cdk-validator-cfnguard
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.review.mutants.outside.checkov import HOME

Json = Any
_UNPACKED = HOME / "cfn-guard"
_TYPE = re.compile(r"AWS::\w+::\w+")
_RESOURCE = re.compile(r"^/Resources/([^/]+)")


def _package() -> Path:
    if not _UNPACKED.exists():
        (packed,) = HOME.glob("lib/python*/site-packages/cdklabs/cdk_validator_cfnguard/_jsii/*.tgz")
        with tarfile.open(packed) as archive:
            archive.extractall(_UNPACKED, filter="data")
    return _UNPACKED / "package"


def _binary() -> Path:
    system = "macos" if platform.system() == "Darwin" else "ubuntu"
    machine = "aarch64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    found = _package() / "bin" / system / machine / "cfn-guard"
    found.chmod(0o755)
    return found


@cache
def version() -> str:
    """The version of cfn-guard, and of the package that its rules are in."""
    said = subprocess.run([_binary(), "--version"], capture_output=True, text=True, check=True, timeout=60)
    package = json.loads((_package() / "package.json").read_text())["version"]
    return f"{said.stdout.split()[-1]}, rules of cdk-validator-cfnguard {package}"


def run(files: list[Path]) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """What its rules find in each of some templates."""
    command = [str(_binary()), "validate", "--structured", "--show-summary", "none", "--output-format", "json"]
    command += ["--rules", *map(str, _about(files)), "--data", *map(str, files)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3000)
    found: dict[str, set[tuple[str, str]]] = {file.stem: set() for file in files}
    for report in json.loads(said.stdout):
        for rule in report["not_compliant"]:
            name = rule["Rule"]["name"]
            found[Path(report["name"]).stem] |= {(name, where) for where in set(_places(rule)) or {""}}
    return {"Control Tower guard": found}


def _about(files: list[Path]) -> list[Path]:
    """The files of rules that name a type which some template has: the others are skipped by cfn-guard, slowly."""
    bodies = [json.loads(file.read_text("utf-8")) for file in files]
    types = {resource["Type"] for body in bodies for resource in body["Resources"].values()}
    texts = {rules: rules.read_text("utf-8") for rules in sorted((_package() / "rules").rglob("*.guard"))}
    return [rules for rules, text in texts.items() if types & set(_TYPE.findall(text)) or not _TYPE.search(text)]


def _places(part: Json) -> Iterator[str]:
    """The resources that a part of a report is about."""
    if isinstance(part, dict):
        path = part.get("path")
        named = _RESOURCE.match(path) if isinstance(path, str) else None
        if named:
            yield named[1]
        for value in part.values():
            yield from _places(value)
    elif isinstance(part, list):
        for value in part:
            yield from _places(value)
