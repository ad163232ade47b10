"""Two processes make what one makes, and stop where one stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from synth.halves import MANY, wanted
from tests.stacks.deployments import settings
from tests.synthesis import run, synthesised, warmed
from tests.waiting import until

REPORT = "validation-report.json"
#: A team of the second half, whose own guardrail is in one of the platform's stacks.
LAST = "dune"


def clone(factory: pytest.TempPathFactory, root: Path) -> Path:
    """A clone with two teams, of which the second adds to the guardrail."""
    warmed(factory, root)
    (root / "teams" / "beacon.yaml").unlink()
    text = (root / "teams" / "atlas.yaml").read_text().replace("atlas", LAST)
    (root / "teams" / f"{LAST}.yaml").write_text(text + "guardrail:\n  words: [Project Nightjar]\n")
    return root


def by(processes: int, **more: str) -> dict[str, str]:
    """The environment of the app that is run by so many processes, with what CDK's CLI adds to the context."""
    metadata = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
    return {"CDK_CONTEXT_JSON": json.dumps({"processes": str(processes), **metadata, **more})}


def said(folder: Path) -> list[str]:
    """What a synthesis' report says, each about one place."""
    plugins = json.loads((folder / REPORT).read_text())["pluginReports"]
    return sorted(
        json.dumps([plugin["pluginName"], plugin["conclusion"], key, {**violation, "violatingConstructs": place}])
        for plugin in plugins
        for key in ("violations", "suppressedViolations")
        for violation in plugin[key]
        for place in violation["violatingConstructs"]
    )


def test_two_processes_write_what_one_writes(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    root = warmed(tmp_path_factory, tmp_path / "root")
    two = run(root, tmp_path / "two", root, by(2))
    assert two.returncode == 0, two.stderr
    _, one, heard = synthesised(tmp_path_factory)
    names = sorted(path.name for path in one.rglob("*"))
    assert "Cloister-Team-beacon.template.json" in names
    assert sorted(path.name for path in (tmp_path / "two").rglob("*")) == names
    for name in names:
        if name != REPORT:
            assert (one / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    assert said(one) == said(tmp_path / "two")
    assert two.stderr.splitlines()[-1].startswith("review: pass (")
    assert two.stderr.splitlines()[-1] in heard


REFUSED = {
    "an error": ("raise LookupError('nothing here')", f"teams/{LAST}.py:11: LookupError: nothing here"),
    "the review's": (
        "logs.CfnSubscriptionFilter(self, 'Away', log_group_name=self.records.log_group_name, filter_pattern='', "
        "destination_arn='arn:aws:logs:us-east-1:999999999999:destination:away')",
        "[records-go-to-named-streams]",
    ),
    "cdk-nag's": ("sqs.CfnQueue(self, 'Open', sqs_managed_sse_enabled=True)", "AwsSolutions-SQS"),
    "a change of the kit": (
        "self.records.node.default_child.retention_in_days = 1",
        f"teams/{LAST}.py changes Cloister-Team-{LAST}/Records",
    ),
    "its end": ("os.kill(os.getpid(), signal.SIGKILL)", "the stack of dune ended with status -9"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_in_a_half_stops_the_whole(
    what: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    line, expected = REFUSED[what]
    root = clone(tmp_path_factory, tmp_path / "root")
    (root / "teams" / f"{LAST}.py").write_text(
        "import os\nimport signal\n\nfrom aws_cdk import aws_logs as logs\nfrom aws_cdk import aws_sqs as sqs\n\n"
        "from stacks.extension import TeamExtension\n\nclass Own(TeamExtension):\n    def extend(self) -> None:\n"
        f"        {line}\n"
    )
    memory = root / "build" / "templates.json"
    before = set(json.loads(memory.read_text())["shapes"])
    refused = run(root, tmp_path / "out", root, by(2))
    assert refused.returncode == 1
    assert expected in refused.stderr
    assert "review: pass" not in refused.stderr
    if what == "the review's":
        assert "records-go-to-named-streams" in (tmp_path / "out" / REPORT).read_text()
        seen = set(json.loads(memory.read_text())["shapes"]) - before
        assert len(seen) > 1, "the guardrail's and the team's stack have new shapes, which CDK's engine saw meanwhile"


def descendants(of: int) -> list[psutil.Process]:
    """The processes that a process started, and those that they did."""
    return psutil.Process(of).children(recursive=True)


def command(process: psutil.Process) -> str:
    """The program that a process runs; nothing, if it has ended meanwhile."""
    try:
        return process.cmdline()[0]
    except (psutil.NoSuchProcess, IndexError):
        return ""


def running(process: psutil.Process) -> bool:
    """Whether a process is there, and not only what it ended with."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_what_ends_the_app_ends_its_processes(
    how: signal.Signals, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    root = clone(tmp_path_factory, tmp_path / "root")
    environment = os.environ | by(2) | {"CDK_OUTDIR": str(tmp_path / "out")}
    with (tmp_path / "said").open("wb") as file:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=root, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        until(lambda: len([p for p in descendants(app.pid) if "node" in command(p)]) >= 2, "two of CDK's processes")
        started = descendants(app.pid)
        if how is signal.SIGINT:
            os.killpg(app.pid, how)  # as a terminal does
        else:
            app.send_signal(how)  # it has no time for anything
        assert app.wait(60) != 0
        until(lambda: not any(map(running, started)), "their end")
    finally:
        app.kill()
        app.wait()
    assert "review: pass" not in (tmp_path / "said").read_text()


@pytest.mark.parametrize(
    ("teams", "context", "only", "expected"),
    [
        (2, {}, None, False),
        (MANY - 1, {}, None, False),
        (MANY, {}, None, (os.cpu_count() or 1) > 1),
        (MANY, {"processes": "1"}, None, False),
        (2, {"processes": "2"}, None, True),
        (1, {"processes": "2"}, None, False),
        (MANY, {}, ["team0"], False),
        (MANY, {"opinions": "opinions.json"}, None, False),
    ],
)
def test_many_teams_are_made_by_two_processes(
    teams: int, context: dict[str, Any], only: list[str] | None, expected: bool
) -> None:
    few = settings()
    assert wanted(replace(few, teams=few.teams[:1] * teams), context, only) is expected
