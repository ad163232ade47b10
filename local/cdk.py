"""Runs the CDK CLI, the same commands that go to a real account, against the embedded AWS.

Nothing is installed or remembered outside the clone: the CLI comes from `.venv/cdk`, its home and jsii's cache are
inside too. It reports to nobody and asks nobody for news.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from lambdas import interpreters
from local import command, ports, root
from local.keys import Key
from local.state import ROOT, State

CLI = ROOT / ".venv" / "cdk" / "node_modules" / "aws-cdk" / "bin" / "cdk"

Line = Callable[[str], None]


def offline(state: State) -> dict[str, str]:
    """Return the environment of a synth: no credentials and no endpoint are in it.

    The Python that the functions are compiled with is found by what the person who typed the command has set, as
    ``make build`` finds it, and handed on by the path.
    """
    plain = command.environment(state)
    compiler = interpreters.find()
    return plain | (
        {
            "PATH": os.pathsep.join([plain["PATH"], *([str(Path(compiler).parent)] if compiler else [])]),
            "CDK_HOME": str(state.directory / "cdk"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(ROOT / ".venv" / "jsii"),
            "NO_COLOR": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )


def online(state: State, port: int, region: str) -> dict[str, str]:
    """Return the environment of a deployment: the embedded AWS, and credentials that are worth nothing elsewhere."""
    return {**offline(state), **credentials(root.key(state), port, region)}


def credentials(key: Key, port: int, region: str) -> dict[str, str]:
    """Return the variables that lead an AWS SDK to the embedded AWS on `port`, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": f"http://{ports.HOST}:{port}",
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def synth(
    state: State, output: Path, line: Line, opinions: Path | None = None, next_command: str = "make synth"
) -> None:
    """Write the cloud assembly to `output`, with cdk-nag's review; and what its other packs say to `opinions`.

    Parameters
    ----------
    next_command
        What to type when it was refused and that is mended.

    Raises
    ------
    LocalError
        The settings, the app or the review refused.
    """
    asked = ["--context", f"opinions={opinions}"] if opinions else []
    _run(state, "synth", ["synth", "--quiet", "--output", str(output), *asked], offline(state), line, next_command)


def bootstrap(state: State, port: int, account: str, region: str, qualifier: str | None, line: Line) -> None:
    """Bootstrap the embedded account, as a real one is."""
    # Run where there is no cdk.json: with a target named, the app is not needed, and is not synthesised again.
    _run(
        state,
        "bootstrap",
        ["bootstrap", f"aws://{account}/{region}", *(["--qualifier", qualifier] if qualifier else [])],
        online(state, port, region),
        line,
        "make down up",
        directory=state.directory,
    )


def deploy(state: State, assembly: Path, port: int, region: str, line: Line) -> None:
    """Deploy all stacks of an assembly; their outputs are written to `outputs.json` of the state directory."""
    arguments = ["deploy", "--app", str(assembly), "--all", "--require-approval", "never", "--progress", "events"]
    arguments += ["--method", "direct", "--concurrency", "4", "--outputs-file", str(state.directory / "outputs.json")]
    _run(state, "deploy", arguments, online(state, port, region), line, "make down up")


def _run(
    state: State,
    name: str,
    arguments: list[str],
    environment: dict[str, str],
    line: Line,
    next_command: str,
    directory: Path = ROOT,
) -> None:
    command.run(
        state,
        name,
        ["node", str(CLI), *arguments, "--no-notices"],
        environment,
        directory=directory,
        line=line,
        next_command=next_command,
    )
