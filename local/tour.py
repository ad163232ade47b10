"""The tour that ends `make up`: real requests through the front door, what was recorded of them, and how to go on.

Everything shown is what came back: a request that is answered otherwise than a guarded deployment answers fails
the tour, and `make up` with it.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openai
from rich.markup import escape
from rich.table import Table

from local import evidence, tour_budget, typed, usage
from local.deployment import Deployment
from local.failure import LocalError
from local.terminal import Terminal
from stacks.settings import Team

Outputs = Mapping[str, Mapping[str, str]]

_ADDRESS = "ada.lovelace@example.com"
_RECORD_SECONDS = 10.0
_REAL_SECONDS = 300.0  # a model on a processor without an accelerator, on a busy machine
_QUESTION = "Why is the sky blue?"
_NOT_ENFORCED = """\
The embedded AWS runs the code and wires the templates; it does not enforce IAM, endpoint and resource policies,
security groups and routes, KMS keys, or how long records are kept. Those are asserted on the templates (make test),
and reviewed by cdk-nag at every synth. Content filters and topics of the guardrail need Bedrock's own models: here
the words and the kinds of PII that have a pattern are evaluated, and a few phrases stand for prompt attacks."""


def run(terminal: Terminal, here: Deployment, outputs: Outputs) -> None:
    """Show what was deployed, send requests, and show their audit records.

    Raises
    ------
    LocalError
        Something was not answered as it has to be.
    """
    _deployed(terminal, here, outputs)
    team = usage.token_team(here)
    if team is None:
        terminal.say(
            "\nNo team is called with a token, so the tour sends no request; docs/local.md shows how to sign one."
        )
    else:
        try:
            _requests(terminal, here, team, outputs[here.team_stack(team.name)])
        except openai.OpenAIError as error:
            reason = f"the tour's request failed: {error} (logs: {typed.place(here.state.logs)})"
            raise LocalError(reason, log=_latest(here), next_command="make down up") from error
    tour_budget.run(terminal, here, outputs)
    _onwards(terminal, here, team)


def _real(here: Deployment) -> str | None:
    """Name the real model that answers; None when it is the deterministic stand-in."""
    told = here.state.read("model.json") or {}
    return (told.get("LOCAL_MODEL_NAME") or "a model of this machine") if told.get("LOCAL_MODEL_URL") else None


def _latest(here: Deployment) -> str:
    """The end of the log that was written to last: the front door's, the stand-ins' or a function's."""
    logs = [*here.state.logs.glob("*.log"), *here.state.records.glob("*.log")]
    newest = max(logs, key=lambda path: path.stat().st_mtime, default=None)
    return "\n".join(newest.read_text(errors="replace").splitlines()[-10:]) if newest else ""


def _deployed(terminal: Terminal, here: Deployment, outputs: Outputs) -> None:
    terminal.title("What was deployed")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("stack", "resources", "base URL, or outputs"):
        table.add_column(column, justify="right" if column == "resources" else "left")
    counts = here.aws.resources(list(outputs))
    for name, out in sorted(outputs.items()):
        told = sorted(key for key in out if not key.startswith("ExportsOutput"))
        known = here.base_url(out["ApiId"]) if "ApiId" in out else ", ".join(told)
        table.add_row(escape(name), str(counts[name]), escape(known))
    terminal.console.print(table)


def _requests(terminal: Terminal, here: Deployment, team: Team, out: Mapping[str, str]) -> None:
    timeout = _REAL_SECONDS if _real(here) else 60
    client = openai.OpenAI(
        base_url=here.base_url(out["ApiId"]), api_key=_token(here, team), max_retries=0, timeout=timeout
    )
    model = out["Models"].split(",")[0]
    before = len(_records(here, out))
    sent = 1

    if real := _real(here):
        terminal.title(f"A streamed answer of {real}, in place of {model}, for team {team.name}, to: {_QUESTION}")
        begun = time.monotonic()
        _say(terminal, _stream(client, model, _QUESTION))
        terminal.say(f"(in {time.monotonic() - begun:.0f} s; what it says is the model's, and may be wrong)")
    else:
        terminal.title(f"A streamed answer of the stand-in for {model}, for team {team.name}")
        _say(terminal, _stream(client, model, "say: The model answered inside the account, and nothing was stored."))

    word = next(iter(here.settings.deployment.guardrail.words), None)
    if word:
        terminal.title(f"A prompt that the guardrail blocks, for the words “{word}”")
        terminal.say(_blocked(client, model, f"say: What is {word} about?"))
        sent += 1

    masks = here.settings.deployment.guardrail.pii.get("EMAIL") == "mask"
    if masks and real:
        # What a real model answers cannot be known, so it is the prompt that shows the mask; the record tells of it.
        terminal.title(f"A prompt with an e-mail address, {_ADDRESS}, masked before the model sees it")
        _say(terminal, _stream(client, model, f"What is the address {_ADDRESS} for?"))
        sent += 1
    elif masks:
        terminal.title(f"An answer with an e-mail address, {_ADDRESS}, masked")
        # Encoded in the prompt, so that it is the answer that the guardrail has to mask.
        answer = "".join(_stream(client, model, f"decode: Her address is {_ADDRESS.replace('@', '%40')}"))
        if _ADDRESS in answer:
            raise LocalError("the e-mail address came back unmasked", next_command="make down up")
        terminal.say(answer)
        sent += 1

    terminal.title("What was recorded of them: no word of a prompt or an answer")
    records = _wait_for_records(here, out, before + sent)[-sent:]
    _show(terminal, records)
    if masks and real and (records[-1].get("guardrail") or {}).get("input") != "masked":
        raise LocalError("the e-mail address went to the model unmasked", next_command="make down up")
    terminal.say(f"(whole, one line of JSON each, in {typed.place(_record_log(here, out))})")
    evidence.show(terminal, here, team.name, out, _record_log(here, out), records)


def _stream(client: openai.OpenAI, model: str, prompt: str) -> Iterator[str]:
    chunks = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}], stream=True, max_tokens=200
    )
    for chunk in chunks:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content


def _say(terminal: Terminal, pieces: Iterator[str]) -> None:
    said = ""
    for piece in pieces:
        said += piece
        terminal.console.print(escape(piece), end="")
    terminal.console.print()
    if not said.strip():
        raise LocalError("the streamed answer was empty", next_command="make down up")


def _blocked(client: openai.OpenAI, model: str, prompt: str) -> str:
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}], max_tokens=200)
    except openai.BadRequestError as refused:
        return f"{refused.status_code} {refused.code}: {_message(refused)}"
    raise LocalError("a prompt with a blocked word was answered", next_command="make down up")


def _message(refused: openai.APIStatusError) -> str:
    body = refused.body
    return str(body.get("message")) if isinstance(body, dict) else str(refused)


def _token(here: Deployment, team: Team) -> str:
    """Mint a token as a person's shell does that sources `.local/env`."""
    minted = subprocess.run(
        usage.mint_command(team),
        env=usage.mint_environment(here, team),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if minted.returncode:
        raise LocalError(f"no token for {team.name} was minted", log=minted.stderr, next_command="make down up")
    return minted.stdout.strip()


def _wait_for_records(here: Deployment, out: Mapping[str, str], wanted: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + _RECORD_SECONDS
    while len(found := _records(here, out)) < wanted:
        if time.monotonic() > deadline:
            raise LocalError(f"{wanted} audit records were due, {len(found)} came", next_command="make down up")
        time.sleep(0.1)
    return found


def _records(here: Deployment, out: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the inference records that the team's function has written so far."""
    log = _record_log(here, out)
    lines = log.read_text().splitlines() if log.exists() else []
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("record") == "inference":
            records.append(record)
    return records


def _record_log(here: Deployment, out: Mapping[str, str]) -> Path:
    return here.state.records / f"{out['ProxyFunction']}.log"


def _show(terminal: Terminal, records: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("time", "called by", "answer", "guardrail", "tokens", "first token", "in all"):
        table.add_column(column, overflow="fold")
    for record in records:
        guardrail = record.get("guardrail") or {}
        table.add_row(
            str(record.get("time", ""))[11:19],
            str(record.get("principal", "")).rpartition("assumed-role/")[2].partition("/")[0],
            f"{record.get('status')} {record.get('error') or ''}".strip(),
            f"{guardrail.get('input')} → {guardrail.get('output')}",
            f"{_number(record.get('input_tokens'))} → {_number(record.get('output_tokens'))}",
            _number(record.get("ttft_ms"), " ms"),
            _number(record.get("duration_ms"), " ms"),
        )
    terminal.console.print(table)


def _number(value: object, unit: str = "") -> str:
    return f"{value:.0f}{unit}" if isinstance(value, int | float) else "-"


def _onwards(terminal: Terminal, here: Deployment, team: Team | None) -> None:
    lines = [("make status", "what runs where; the teams' base URLs"), ("make down", "end it all")]
    if team:
        lines[:0] = [
            (
                typed.source(here.state.environment),
                "OPENAI_BASE_URL and a fresh OPENAI_API_KEY, for any OpenAI client",
            ),
            ("make relay TEAM=NAME LOCAL=1", f"the same for another team than {team.name}, until you end it"),
        ]
    terminal.title("How to go on")
    wide = max(len(line) for line, _ in lines)
    for line, what in lines:
        terminal.say(f"{line.ljust(wide)}    # {what}")
    terminal.title("What this machine does not prove")
    terminal.say(_NOT_ENFORCED)
