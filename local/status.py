"""`make status`: what runs where."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from rich.table import Table

from local import callers, deployment, ports, processes, typed
from local.deployment import Deployment
from local.failure import LocalError
from local.state import State
from local.terminal import Terminal

_WHAT = {
    "aws": "embedded AWS (ministack)",
    "gemma": "the real model (MODEL=gemma)",
    "bedrock": "stand-ins for Bedrock and STS",
    "door": "front door of the teams' APIs",
}


def run(terminal: Terminal | None = None) -> int:
    """Show the processes, the teams and how to reach them; return 1 when it is not all up."""
    terminal = terminal or Terminal(0)
    state = State.find()
    found = processes.every(state) if state.pids.is_dir() else []
    if not found:
        terminal.say("nothing runs here; start it with: make up")
        return 1
    terminal.console.print(_processes(found))
    if not all(_up(process) for process in found) or _lacks(found):
        terminal.say("not all of it is up; bring it up with: make up")
        return 1
    try:
        here = deployment.find(state)
        deployed = set(here.aws.stacks())
        terminal.say()
        terminal.console.print(_teams(here, deployed))
        terminal.say()
    except LocalError as error:
        terminal.failed(error.reason, error.log, error.next_command)
        return 1
    terminal.say(f"model: {_model(state)}")
    terminal.say(f"logs: {typed.place(state.logs)}, the functions' own in {typed.place(state.records)}")
    terminal.say(f"use it: {typed.source(state.environment)}")
    if missing := [team.name for team in here.settings.teams if here.team_stack(team.name) not in deployed]:
        terminal.say(f"not deployed yet: {', '.join(missing)}; deploy with: make up")
        return 1
    return 0


def _lacks(found: list[processes.Process]) -> set[str]:
    """Name what should run and does not; a real model runs for whoever asked for it."""
    return set(_WHAT) - {"gemma"} - {process.name for process in found}


def _processes(found: list[processes.Process]) -> Table:
    table = _table("process", "pid", "listens on", "state")
    for process in found:
        sockets = ports.listeners([process.pid]) if process.alive else []
        where = ", ".join(sorted({f"{item.address}:{item.port}" for item in sockets if item.pid == process.pid}))
        condition = "up" if _up(process) else "does not answer" if process.alive else "ended"
        table.add_row(_WHAT.get(process.name, process.name), str(process.pid), where or "nothing", condition)
    return table


def _teams(here: Deployment, deployed: Container[str]) -> Table:
    table = _table("team", "access", "base URL", "models", "callers")
    teams = [team for team in here.settings.teams if here.team_stack(team.name) in deployed]
    outputs = here.aws.outputs([here.team_stack(team.name) for team in teams])
    assumed = callers.known(here.state)
    for team in teams:
        out = outputs[here.team_stack(team.name)]
        who = ", ".join(caller.arn.rpartition("/")[2] for caller in assumed if caller.team == team.name)
        if all(caller.is_extension for caller in team.callers):
            who = "functions of its own"
        table.add_row(team.name, out["Access"], here.base_url(out["ApiId"]), out["Models"].replace(",", ", "), who)
    return table


def _model(state: State) -> str:
    """Say what answers for the model: read from the process that runs, not from this command's environment."""
    told: dict[str, Any] = state.read("model.json") or {}
    if told.get("LOCAL_MODEL_URL"):
        return f"{told.get('LOCAL_MODEL_NAME') or 'its default model'} at {told['LOCAL_MODEL_URL']}"
    return "a deterministic stand-in (make up MODEL=gemma puts a small real one behind it)"


def _up(process: processes.Process) -> bool:
    return process.alive and ports.accepts(process.port)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
