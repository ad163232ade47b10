"""`make up`: the whole kit on this machine, deployed as it is to AWS, tried out, and left serving.

Run again it converges: what runs from unchanged sources is kept, what changed is deployed, what crashed is started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from local import (
    assembly,
    buckets,
    ca,
    callers,
    cdk,
    command,
    deployment,
    lock,
    model_service,
    model_terms,
    processes,
    retention,
    root,
    service,
    tour,
    usage,
    verdict,
)
from local.deployment import Deployment
from local.failure import LocalError
from local.state import State
from local.terminal import Step, Terminal
from review.words import many

_STEPS = 7
_WAIT_SECONDS = 900.0
"""How long another command on the same deployment is waited for."""

_UNDO_SECONDS = 0.5
"""How long what is undone may take to end politely: whoever types Ctrl-C waits for it."""


def run(terminal: Terminal | None = None) -> int:
    """Deploy, serve and show; return the exit status."""
    begun = time.monotonic()
    terminal = terminal or Terminal(_STEPS)
    state = State.find().make()
    started: list[processes.Process] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with lock.held(state, "make up", _WAIT_SECONDS, terminal.say), _undone_on_failure(state, started):
            _up(terminal, state, started)
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    except KeyboardInterrupt:
        terminal.failed("interrupted", "", "make up")
        return 130
    terminal.say(f"\nup in {time.monotonic() - begun:.0f} s; it keeps serving until you type: make down")
    return 0


def _interrupt(_number: int, _frame: object) -> None:
    """Let what ends this command undo what it did, as Ctrl-C does."""
    raise KeyboardInterrupt


def _up(terminal: Terminal, state: State, started: list[processes.Process]) -> None:
    here = deployment.find(state)
    for stray in processes.strays(state):
        processes.stop(state, stray, _UNDO_SECONDS)
    root.ensure(state, here.root, here.account)
    ca.ensure(state)
    with terminal.step("Start the embedded AWS") as step:
        process, fresh = service.ensure(state, here.embedded_service())
        started += [process] if fresh else []
        there = here.network_note + buckets.ensure(here)
        step.done(f"ministack on {here.aws.endpoint}" + ("" if fresh else ", was running") + there)

    with terminal.step("Synthesise the stacks, review them, and bootstrap the account") as step:
        digest = _prepare(here, process, step)
    terminal.say(f"    {assembly.package(assembly.place(state))}")
    terminal.say(f"    {verdict.reached(state, digest)}")

    with terminal.step("Deploy the stacks") as step:
        _deploy(here, process, digest, step)
        service.refuse_exposed(process)

    with terminal.step("Let the teams' callers in") as step:
        teams = {
            # The roles of a team's own functions are deployed, and nobody else takes them on.
            team.name: [
                caller.arn(here.account, here.settings.deployment.partition)
                for caller in team.callers
                if not caller.is_extension
            ]
            for team in here.settings.teams
        }
        made, elsewhere = callers.ensure(state, here.aws, here.account, teams)
        note = f"; not on this machine, being of another account: {', '.join(elsewhere)}" if elsewhere else ""
        step.done(f"{many(len(made), 'role')} assumed{note}")

    with terminal.step("Start the stand-ins for Bedrock and STS, and the front door") as step:
        running = [process]
        standins = processes.find(state, "bedrock")
        if standins is not None and not here.names_known():
            processes.stop(state, standins)
        running += _model(state, step, started)
        for specification in (here.bedrock_service(), here.door_service(f"{digest} {process.started}")):
            step.doing(specification.name)
            other, fresh = service.ensure(state, specification)
            started += [other] if fresh else []
            running.append(other)
        service.refuse_exposed(*running)
        state.write("model.json", {name: os.environ.get(name) for name in deployment.MODEL})
        step.done("every listener is loopback")

    with terminal.step("Set zero data retention on the teams' Projects") as step:
        retention.ensure(here, digest, step)

    with terminal.step("Write .local/env") as step:
        outputs = here.aws.outputs(assembly.stacks(assembly.place(here.state)))
        step.done(usage.write(here, outputs))

    tour.run(terminal, here, outputs)


def _model(state: State, step: Step, started: list[processes.Process]) -> list[processes.Process]:
    """Start the real model that was asked for, and tell the stand-ins of it; end the one that is not asked for now."""
    if not os.environ.get("MODEL"):
        if left := processes.find(state, "gemma"):
            processes.stop(state, left)
        return []
    model_terms.accepted(os.environ)
    step.doing("the model; its weights are put together the first time")
    process, fresh = service.ensure(state, model_service.service(state))
    started += [process] if fresh else []
    os.environ.update(model_service.environment(state))
    return [process]


def _prepare(here: Deployment, process: processes.Process, step: Step) -> str:
    """Synthesise and bootstrap at the same time, each only when it is needed; return the assembly's hash."""
    identity = f"{process.pid} {process.started}"
    remembered = here.state.read("bootstrap.json") == {"aws": identity}
    with ThreadPoolExecutor(max_workers=1) as pool:
        bootstrapping = None
        if not remembered:
            bootstrapping = pool.submit(
                cdk.bootstrap,
                here.state,
                here.ports["aws"],
                here.account,
                here.region,
                here.qualifier,
                lambda _line: None,
            )
        try:
            digest, made = assembly.current(here.state, step.doing)
            step.doing("review the templates")
            verdict.reached(here.state, digest)
            if bootstrapping:
                step.doing("bootstrap")
                bootstrapping.result()
                here.state.write("bootstrap.json", {"aws": identity})
        except BaseException:
            # The pool waits for what it began; nobody waits for the other's end when one has failed.
            command.end_all()
            raise
    known = "" if made else ", unchanged since the last time"
    step.done(
        f"{many(len(assembly.stacks(assembly.place(here.state))), 'stack')}{known}"
        + ("" if bootstrapping else "; the account was bootstrapped before")
    )
    return digest


def _deploy(here: Deployment, process: processes.Process, digest: str, step: Step) -> None:
    names = assembly.stacks(assembly.place(here.state))
    wanted = {"assembly": digest, "aws": f"{process.pid} {process.started}"}
    if here.state.read("deployed.json") == wanted and here.aws.holds(names):
        step.done("unchanged, and all there")
        return
    cdk.deploy(here.state, assembly.place(here.state), here.ports["aws"], here.region, step.doing)
    prefix = f"{here.settings.deployment.name}-Team-"
    left = [name for name in here.aws.stacks() if name.startswith(prefix) and name not in names]
    for name in left:
        step.doing(f"remove {name}, whose team has no file any more")
        here.aws.remove(name)
    if not here.aws.holds(names):
        raise LocalError(f"cdk deploy ended well, but not all stacks are there: {here.aws.stacks()}")
    here.state.write("deployed.json", wanted)
    step.done(f"{many(sum(here.aws.resources(names).values()), 'resource')} in {many(len(names), 'stack')}")


@contextlib.contextmanager
def _undone_on_failure(state: State, started: list[processes.Process]) -> Iterator[None]:
    """End what this run started when it does not get to its end; what ran before keeps serving."""
    try:
        yield
    except BaseException:
        # A second Ctrl-C must not leave half of it: the undoing takes no longer than a person waits.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in reversed(started):
            with contextlib.suppress(processes.ProcessError):
                processes.stop(state, process, _UNDO_SECONDS)
        raise
