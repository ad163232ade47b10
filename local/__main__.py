"""`python -m local up|down|status|synth|preflight`: what the Makefile's targets of the same names call."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from local.failure import LocalError
from local.state import ROOT, State


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    parser = argparse.ArgumentParser("python -m local", description="The kit on an embedded AWS, on this machine.")
    parser.add_argument("command", choices=("up", "down", "status", "synth", "preflight"))
    parser.add_argument("--json", action="store_true", help="of preflight: print one JSON document")
    options = parser.parse_args(arguments)
    command = options.command
    os.umask(0o077)  # what is written here is for its owner
    # Imported when they are needed: `up` brings the AWS SDK along, `status` should answer at once.
    if command == "up":
        from local import up

        return up.run()
    if command == "down":
        from local import down

        return down.run()
    if command == "status":
        from local import status

        return status.run()
    if command == "preflight":
        from local import preflight

        return preflight.run(json=options.json)
    return _synth()


def _synth() -> int:
    from local import assembly, cdk
    from local.terminal import Terminal

    terminal = Terminal(1)
    try:
        with terminal.step("Synthesise the stacks into cdk.out, with cdk-nag's review") as step:
            cdk.synth(State.find().make(), ROOT / "cdk.out", step.doing)
            step.done(", ".join(assembly.stacks(ROOT / "cdk.out")))
        terminal.say(assembly.package(ROOT / "cdk.out"))
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
