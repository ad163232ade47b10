"""`python -m local up|down|status|alarms|start|synth|preflight`: what the Makefile's targets of the same names call."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from local import shell, typed
from local.failure import LocalError
from local.state import ROOT, State

#: What makes what is in the state directory anew; `make down` and `make synth` have nothing before them that does.
_MENDS = dict.fromkeys(("status", "alarms", "start", "preflight"), "make up") | {"up": "make down up"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    parser = argparse.ArgumentParser("python -m local", description="The kit on an embedded AWS, on this machine.")
    parser.add_argument("command", choices=("up", "down", "status", "alarms", "start", "synth", "preflight"))
    parser.add_argument("--team", default="", help="of start: the team")
    parser.add_argument("--function", default="", help="of start: what the team's class calls its function")
    parser.add_argument("--all", action="store_true", help="of alarms: show those that are not evaluated here, too")
    parser.add_argument("--json", action="store_true", help="of preflight: print one JSON document")
    parser.add_argument("--opinions", type=Path, help="of synth: where what cdk-nag's other packs say is written")
    options = parser.parse_args(arguments)
    command = options.command
    os.umask(0o077)  # what is written here is for its owner
    shell.leave()
    shell.end_with_make()
    try:
        if command == "start":
            from local import start

            return start.run(options.team, options.function)
        return _run(command, options)
    except KeyboardInterrupt:
        return _failed("interrupted", f"make {command}", 130)
    except Exception as error:
        # Nothing that is known to go wrong comes so far: a file of the state directory is not what it should be.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        directory = State.find().directory
        with contextlib.suppress(OSError):
            crash = directory / "logs" / "crash.log"
            crash.write_text(traceback.format_exc(), encoding="utf-8")
        reason = f"{type(error).__name__} at {where}: {error}; {typed.place(directory)} may be damaged"
        return _failed(reason, _MENDS.get(command, f"rm -rf {typed.place(directory)} && make {command}"), 1)


def _failed(reason: str, command: str, status: int) -> int:
    from local.terminal import Terminal

    Terminal(0).failed(reason, "", command)
    return status


def _run(command: str, options: argparse.Namespace) -> int:
    # Imported when they are needed: `up` brings the AWS SDK along, `status` should answer at once.
    if command == "up":
        from local import up

        return up.run()
    if command == "alarms":
        from local import alarms

        return alarms.run(every=options.all)
    if command == "down":
        from local import down

        return down.run()
    if command == "status":
        from local import status

        return status.run()
    if command == "preflight":
        from local import preflight

        return preflight.run(json=options.json)
    return _synth(options.opinions)


def _synth(opinions: Path | None) -> int:
    from local import assembly, cdk
    from local.terminal import Terminal

    terminal = Terminal(1)
    try:
        with terminal.step("Synthesise the stacks into cdk.out, with cdk-nag's review") as step:
            cdk.synth(State.find().make(), ROOT / "cdk.out", step.doing, opinions and opinions.absolute())
            step.done(", ".join(assembly.stacks(ROOT / "cdk.out")))
        terminal.say(assembly.package(ROOT / "cdk.out"))
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
