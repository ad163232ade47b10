"""cdk-nag's packs, on templates that are read back into stacks. As a program it judges some, and writes JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

Json = Any
PACKS = ("AwsSolutions", "NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
#: Templates in one app: what it takes to start one is shared by them.
_AT_ONCE = 30


@cache
def version() -> str:
    """The version."""
    return metadata.version("cdk-nag")


def run(files: list[Path]) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """What each pack finds in each of some templates; of one that CDK does not read, `unreadable` alone."""
    found: dict[str, dict[str, set[tuple[str, str]]]] = {pack: {f.stem: set() for f in files} for pack in PACKS}
    waiting = [files[n : n + _AT_ONCE] for n in range(0, len(files), _AT_ONCE)]
    while waiting:
        some = waiting.pop()
        said = _judged(some)
        if said is None and len(some) > 1:
            # One of them is refused, and its whole app with it.
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]
        for pack, stem, rule, where in (
            said if said is not None else [(p, some[0].stem, "unreadable", "") for p in PACKS]
        ):
            if len(some) == 1 or said is not None:
                found[pack][stem].add((rule, where))
    return found


def _judged(files: list[Path]) -> list[tuple[str, str, str, str]] | None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [sys.executable, "-m", __name__, str(out), *map(str, files)]
        subprocess.run(command, capture_output=True, check=False, timeout=900)
        return [tuple(each) for each in json.loads(out.read_text())] if out.exists() else None


def _readable(value: Json) -> Json:
    """A template with a text for each output of another stack, which CfnInclude does not know yet."""
    if isinstance(value, dict):
        if "Fn::GetStackOutput" in value:
            return "arn:aws:bedrock:us-east-1:111122223333:" + value["Fn::GetStackOutput"]["OutputName"]
        return {key: _readable(item) for key, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list) else value


def main(out: Path, files: list[Path]) -> None:
    """Judge some templates in one app, and write what is found."""
    import cdk_nag
    from aws_cdk import App, DefaultStackSynthesizer, Environment, Stack, Validations
    from aws_cdk.cloudformation_include import CfnInclude

    packs = (
        *(cdk_nag.AwsSolutionsChecks, cdk_nag.NIST80053R5Checks),
        *(cdk_nag.HIPAASecurityChecks, cdk_nag.PCIDSS321Checks),
    )
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=str(Path(folder) / "cdk.out"))
        for file in files:
            stack = Stack(
                app,
                file.stem,
                env=Environment(account="111122223333", region="us-east-1"),
                # The template brings its own.
                synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
            )
            readable = Path(folder) / f"{file.stem}.read.json"
            readable.write_text(json.dumps(_readable(json.loads(file.read_text()))))
            CfnInclude(stack, "Template", template_file=str(readable))
        Validations.of(app).add_plugins(*(pack(app) for pack in packs))
        try:
            app.synth()
        except RuntimeError as stopped:
            # Findings stop a synthesis, after the report is written.
            if "ValidationFailed" not in str(stopped):
                raise
        report = json.loads((Path(folder) / "cdk.out" / "validation-report.json").read_text())
    found = [
        (
            plugin["pluginName"],
            *construct["constructPath"].split("/", 1)[:1],
            violation["ruleName"],
            construct["constructPath"].rpartition("/")[2],
        )
        for plugin in report["pluginReports"]
        if plugin["pluginName"] in PACKS
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
