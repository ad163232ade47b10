"""The cloud assembly of a local deployment: made when what it is made from has changed, and known by its content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from lambdas import interpreters
from lambdas.package import COMPILED, UNCOMPILED, notice
from local import cdk
from local.failure import LocalError
from local.state import ROOT, State

# Everything in the clone goes into a template, but for what surely does not.
_OUTSIDE = frozenset({".git", ".venv", ".local", ".ci", "build", "cdk.out", "docs", "tests", "local", "README.md"})


def place(state: State) -> Path:
    """Return the assembly's directory: one for each state directory, apart from that of `make synth`."""
    return state.directory / "cdk.out"


def current(state: State, line: cdk.Line) -> tuple[str, bool]:
    """Return the hash of an up-to-date assembly, and whether it had to be made.

    Raises
    ------
    LocalError
        The settings, the app or the review refused.
    """
    # A Python to compile for that is new here makes another package of the same sources.
    inputs = f"{digest(_sources(), ROOT)} {interpreters.find()} {os.environ.get('SETTINGS', '')}"
    known = state.read("synth.json") or {}
    if (
        known.get("inputs") == inputs
        and place(state).is_dir()
        and known.get("assembly") == digest(_products(state), place(state))
    ):
        return str(known["assembly"]), False
    cdk.synth(state, place(state), line, next_command="make up, once that is mended")
    assembly = digest(_products(state), place(state))
    state.write("synth.json", {"inputs": inputs, "assembly": assembly})
    return assembly, True


def stacks(directory: Path) -> list[str]:
    """Return the names of an assembly's stacks.

    Raises
    ------
    LocalError
        There is no assembly.
    """
    try:
        manifest = json.loads((directory / "manifest.json").read_text())
    except FileNotFoundError:
        raise LocalError(f"there is no cloud assembly in {directory}", next_command="make up") from None
    return sorted(
        artifact.get("properties", {}).get("stackName", name)
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    )


def package(directory: Path) -> str:
    """Return the line that says which kind of package the functions of an assembly have, by their descriptions."""
    templates = (json.loads(path.read_text()) for path in directory.glob("*.template.json"))
    resources = (resource for template in templates for resource in template["Resources"].values())
    functions = [resource["Properties"] for resource in resources if resource["Type"] == "AWS::Lambda::Function"]
    # A description that is put together as it is deployed is none of Cloister's own functions.
    uncompiled = any(str(function.get("Description")).endswith(UNCOMPILED) for function in functions)
    return notice(UNCOMPILED if uncompiled else COMPILED)


def digest(files: Iterable[Path], folder: Path) -> str:
    """Return the SHA-256 over the files' names and contents, whatever order they come in and wherever the folder lies.

    Parameters
    ----------
    files
        Files below the folder.
    folder
        What their names begin below.
    """
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _sources() -> list[Path]:
    roots = [entry for entry in ROOT.iterdir() if entry.name not in _OUTSIDE and not entry.name.endswith("_cache")]
    nested = [path for root in roots if root.is_dir() for path in root.rglob("*")]
    files = [path for path in (*roots, *nested) if path.is_file()]
    return [path for path in files if "__pycache__" not in path.parts]


def _products(state: State) -> list[Path]:
    # tree.json and validation reports do not go to AWS, and may hold times; manifest, templates and assets do.
    return [path for path in place(state).rglob("*") if path.is_file() and path.name not in ("tree.json", "cdk.lock")]
