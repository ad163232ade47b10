"""`make up`, `make status` and `make down` on a copy of the clone: what they do again, after a change, after a crash.

Guarantees: a second run keeps what runs, and synthesises, bootstraps and deploys nothing; a crash is mended; a change
is deployed; a team more, with a class of its own, deploys alone, and its stack goes with its files; a mistake stops
it with its reason and the next command, and what ran keeps serving; the file to source works in the shells at hand;
damaged files are made anew; another deployment takes the place of the first, whatever of it is changed; at the end no
process and no listener is left. All of it in a path with a space, in a shell full of what libraries listen to, with a
home directory whose AWS configuration is broken.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from local import lock, ports, processes
from local.alarms import judge
from local.embedded import Embedded
from local.failure import LocalError
from local.state import State
from local.watch.metrics import Metrics
from tests.clone import ROOT, local_command, make_clone, run_local
from tests.e2e.kit import Kit
from tests.local import answered
from tests.local.answered import questions_are_answered_once_each
from tests.local.summarised import OPENED, documents_are_summarised_once_each
from tests.synthesis import prepared

EXAMPLES = ROOT / "teams" / "examples"
LEGAL = "Cloister-Team-legal"
OWN = f"{LEGAL}-Extension"
MODEL = "google.gemma-4-26b-a4b"
SHELLS = [shell for shell in ("sh", "bash", "zsh", "dash") if shutil.which(shell)]


# Each of these has made a command fail, or sent a key or a prompt where it does not belong.
_SHELL = {
    "AWS_PROFILE": "gone",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_CA_BUNDLE": "/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "REQUESTS_CA_BUNDLE": "/nowhere",
    "SSL_CERT_FILE": "/nowhere",
    "OPENAI_BASE_URL": "http://127.0.0.1:9",
    "OPENAI_ORG_ID": "theirs",
    "PYTHONSAFEPATH": "1",
    "PYTHONHOME": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "PYTHONSTARTUP": "/nowhere",
    "NODE_OPTIONS": "--require=/nowhere",
    "CDK_HOME": "/nowhere",
    "CDK_DEFAULT_REGION": "eu-west-1",
    "JSII_RUNTIME": "/nowhere",
    "JSII_NODE": "/nowhere",
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Clone:
    """A copy of the clone, with the local deployment's commands."""

    root: Path

    @property
    def state(self) -> State:
        return State(self.root / ".local")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_local(self.root, *words, **_SHELL, HOME=str(self.root.parent / "home"))

    def up(self) -> str:
        done = self.run("up")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in processes.every(self.state) if process.alive}

    @property
    def aws(self) -> Embedded:
        return Embedded(self.state, self.state.read("ports.json")["aws"], "us-east-1")

    def stacks(self) -> set[str]:
        return set(self.aws.stacks())

    def deployed(self) -> dict[str, tuple[object, ...]]:
        """What tells that a stack was touched: its template, when it was updated, and all that happened to it."""
        cloudformation = self.aws.client("cloudformation")
        found: dict[str, tuple[object, ...]] = {}
        for name in self.stacks():
            (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
            pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
            events = sorted(event["EventId"] for page in pages for event in page["StackEvents"])
            template = json.dumps(cloudformation.get_template(StackName=name)["TemplateBody"], sort_keys=True)
            found[name] = (template, stack["CreationTime"], stack.get("LastUpdatedTime"), events)
            assert events, f"{name}: nothing ever happened to it, so nothing could be seen to happen"
        return found


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A copy that was brought up once; brought down at the end, with a look at what is left."""
    root = prepared(tmp_path_factory, tmp_path_factory.mktemp("copy") / "a path" / "cloister")
    broken = root.parent / "home" / ".aws" / "config"
    broken.parent.mkdir(parents=True)
    broken.write_text("garbage\n")
    made = Clone(root)
    try:
        told = made.up()
        assert "content_filter" in told and "{EMAIL}" in told, "the tour shows what the guardrail does"
        yield made
    finally:
        running = processes.every(made.state)
        listening = ports.listeners(process.pid for process in running if process.alive)
        done = made.run("down")
    assert done.returncode == 0, done.stdout
    assert "no process and no listener of it is left" in done.stdout
    assert listening, "the look at what is left saw nothing to begin with"
    assert [process.name for process in running if process.alive] == []
    assert [listener for listener in listening if ports.accepts(listener.port)] == []


def test_a_second_run_keeps_what_runs_and_says_the_verdict_without_the_long_work(clone: Clone) -> None:
    before = clone.pids()
    logs = {name: (clone.state.logs / f"{name}.log").stat().st_mtime_ns for name in ("bootstrap", "deploy")}
    told = clone.up()
    assert not (clone.state.logs / "synth.log").exists(), "what is synthesised is known by its content"
    assert clone.pids() == before
    assert "unchanged, and all there" in told
    assert {name: (clone.state.logs / f"{name}.log").stat().st_mtime_ns for name in logs} == logs
    said = next(line for line in told.splitlines() if line.strip().startswith("review: "))
    assert "review: pass" in said
    page = clone.state.directory / "review" / "report.html"
    assert said.endswith(str(page.relative_to(clone.root)))
    assert "<h1>" in page.read_text()


@pytest.mark.parametrize("name", ["door", "bedrock"])
def test_a_crashed_process_is_started_again_and_the_others_are_kept(clone: Clone, name: str) -> None:
    before = clone.pids()
    os.kill(before[name], signal.SIGKILL)
    clone.up()
    after = clone.pids()
    assert after.keys() == before.keys()
    assert {key for key in after if after[key] != before[key]} == {name}


def test_every_listener_is_loopback(clone: Clone) -> None:
    found = ports.listeners(clone.pids().values())
    assert len(found) >= len(ports.NAMES)
    assert [str(listener) for listener in found if not listener.loopback] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_file_to_source_mints_a_key_and_leaves_the_shells_own_credentials(clone: Clone, shell: str) -> None:
    told = '"$OPENAI_BASE_URL" "$OPENAI_API_KEY" "$AWS_PROFILE" "$NO_PROXY" "$no_proxy"'
    script = f". {shlex.quote(str(clone.state.environment))} && printf '%s\\n' {told}"
    proxied = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "mine.example"}
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "AWS_PROFILE": "mine", **proxied}
    done = subprocess.run([shell, "-c", script], cwd="/", env=environment, capture_output=True, text=True, check=True)
    base, key, profile, upper, lower = done.stdout.splitlines()
    assert (upper, lower) == ("mine.example,127.0.0.1", "127.0.0.1"), "neither key nor prompt goes to a proxy"
    assert base.startswith("http://127.0.0.1:") and base.endswith("/v1")
    assert key.startswith("cloister-")
    assert profile == "mine"


def test_what_is_secret_is_readable_by_its_owner_only(clone: Clone) -> None:
    secret = [clone.state.environment, clone.state.directory / "credentials", clone.state.directory / "ca.key"]
    secret += [*clone.state.keys.iterdir(), *clone.state.logs.glob("*.log")]
    assert [path.name for path in secret if path.stat().st_mode & 0o077] == []


def test_status_tells_what_runs_where(clone: Clone) -> None:
    done = clone.run("status")
    assert done.returncode == 0
    for name, pid in clone.pids().items():
        assert str(pid) in done.stdout, name
    for team in ("atlas", "beacon"):
        assert team in done.stdout
    assert "does not answer" not in done.stdout and "ended" not in done.stdout


def test_the_records_are_verified_where_they_are(clone: Clone) -> None:
    command = local_command(clone.root, **_SHELL, HOME=str(clone.root.parent / "home"))
    command["args"] = [*command["args"][:-1], "local.audit", "verify", "--json"]
    done = subprocess.run(**command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["whole"] is True


def test_a_mistake_in_the_settings_stops_it_and_what_runs_keeps_serving(clone: Clone) -> None:
    before = clone.pids()
    settings = clone.root / "cloister.yaml"
    text = settings.read_text()
    settings.write_text(text + "colour: blue\n")
    try:
        done = clone.run("up")
    finally:
        settings.write_text(text)
    assert done.returncode == 1
    assert "colour" in done.stdout and "next: make up" in done.stdout
    assert clone.pids() == before


def test_two_commands_do_not_work_on_one_deployment_at_the_same_time(clone: Clone) -> None:
    with lock.held(clone.state, "make up"):
        done = clone.run("down")
    assert done.returncode == 1
    assert f"make up, pid {os.getpid()}" in done.stdout
    assert clone.pids(), "nothing was ended"


def test_the_lock_is_let_go(tmp_path: Path) -> None:
    state = State(tmp_path).make()
    with lock.held(state, "one"), pytest.raises(LocalError), lock.held(state, "two"):
        pass
    with lock.held(state, "three"):
        pass


def test_a_team_more_deploys_alone_with_what_its_own_class_adds(clone: Clone) -> None:
    before, running = clone.deployed(), clone.pids()
    _write_legal(clone)
    told = clone.run("status")
    assert told.returncode == 1 and "not deployed yet: legal" in told.stdout and "atlas" in told.stdout, told.stdout
    clone.up()
    after = clone.deployed()
    assert after.keys() - before.keys() == {LEGAL}
    assert [name for name in before if after[name] != before[name]] == []
    assert clone.pids()["aws"] == running["aws"]
    _is_answered_and_watched(Kit(clone.state), clone.aws.client("cloudwatch"))


def _write_legal(clone: Clone) -> None:
    for suffix in (".yaml", ".py"):
        text = (EXAMPLES / f"watched{suffix}").read_text()
        (clone.root / "teams" / f"legal{suffix}").write_text(text.replace("name: watched", "name: legal"))


def _is_answered_and_watched(kit: Kit, cloudwatch: Any) -> None:
    """A request of the team's caller is answered, and by what is recorded of it the alarms are raised, and shown.

    What is recorded is the real answer's; then once more, as if the caller had waited long in two periods.
    """
    with kit.signed(kit.key("legal")) as client:
        body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "What is a lien?"}]}
        answer = client.post(f"{kit.base('legal')}/chat/completions", json=body)
    assert answer.status_code == 200 and answer.text.rstrip().endswith("[DONE]"), answer.text
    (record,) = kit.next_records("legal", 0)

    def alarms() -> list[Any]:
        found: list[Any] = cloudwatch.describe_alarms(AlarmNamePrefix=OWN)["MetricAlarms"]
        return found

    def states(*records: Any) -> dict[str, str]:
        judge(cloudwatch, Metrics(map(json.dumps, records)), time.time() + 1)
        return {alarm["MetricName"]: alarm["StateValue"] for alarm in alarms()}

    for alarm in alarms():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [kit.outputs("Audit")["AlarmTopic"]]
    assert states(record) == {"ProxyErrors": "OK", "TimeToFirstToken": "OK"}
    earlier = {**record["_aws"], "Timestamp": record["_aws"]["Timestamp"] - 300_000}
    slow = {**record, "TimeToFirstToken": 30_000}
    assert states(slow, {**slow, "_aws": earlier}) == {"ProxyErrors": "OK", "TimeToFirstToken": "ALARM"}
    parts = kit.aws("cloudformation").describe_stack_resources(StackName=LEGAL)["StackResources"]
    ids = {part["LogicalResourceId"]: part["PhysicalResourceId"] for part in parts}
    (dashboard,) = [name for id, name in ids.items() if id.startswith("ExtensionDashboard")]
    shown = cloudwatch.get_dashboard(DashboardName=dashboard)["DashboardBody"]
    assert [alarm["AlarmArn"] for alarm in alarms() if alarm["AlarmArn"] not in shown] == []


def test_a_removed_team_goes_with_its_stack_and_those_that_reach_more_change_the_network_alone(clone: Clone) -> None:
    if LEGAL not in clone.stacks():  # the test above has deployed it, where it ran
        _write_legal(clone)
        clone.up()
    before, running = clone.deployed(), clone.pids()
    assert {LEGAL, "Cloister-Team-beacon"} <= before.keys()
    for name in ("beacon.yaml", "legal.yaml", "legal.py"):
        (clone.root / "teams" / name).unlink()
    for name in ("summariser", "answers"):
        for path in EXAMPLES.glob(f"{name}.*"):
            shutil.copy(path, clone.root / "teams")
        shutil.copytree(EXAMPLES / name, clone.root / "teams" / name)
    settings = clone.root / "cloister.yaml"
    settings.write_text(settings.read_text() + OPENED + answered.OPENED)
    clone.up()
    after = clone.deployed()
    assert before.keys() - after.keys() == {LEGAL, "Cloister-Team-beacon"}
    assert after.keys() - before.keys() == {"Cloister-Team-answers", "Cloister-Team-summariser"}
    assert "Cloister-Team-atlas" in after
    assert [name for name in after if name in before and after[name] != before[name]] == ["Cloister-Network"]
    assert clone.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=LEGAL)["MetricAlarms"] == []
    assert clone.pids()["aws"] == running["aws"], "the embedded AWS is updated, not started anew"
    documents_are_summarised_once_each(Kit(clone.state), clone.aws.client("s3"))
    questions_are_answered_once_each(Kit(clone.state), clone.aws.client("sqs"))
    started = clone.run("start", "--team", "answers", "--function", "Answering")
    assert (started.returncode, json.loads(started.stdout)) == (0, {"answered": 0, "failed": 0})
    assert "Answering.log" in started.stderr
    none = clone.run("start", "--team", "answers", "--function", "Proxy")
    assert (none.returncode, none.stdout) == (2, "") and "it has Answering" in none.stderr


def test_another_deployment_takes_the_place_of_the_first_whatever_is_left_of_its_files(clone: Clone) -> None:
    """Another account, Region with its partition, name, qualifier and mode, all in one: each has stood in the way.

    And whatever a full disk or a hand leaves in the state directory: it works, and what is lost track of is ended.
    """
    before = clone.pids()
    settings, teams, cdk = clone.root / "cloister.yaml", clone.root / "teams", clone.root / "cdk.json"
    for path in (*teams.glob("summariser.*"), *teams.glob("answers.*")):
        path.unlink()
    text = (
        settings.read_text()
        .replace(OPENED + answered.OPENED, "")
        .replace("us-east-1", "us-gov-west-1")
        .replace("name: Cloister ", "name: Renamed ")
    )
    text = text.replace('# account: "123456789012"', 'account: "123456789012"')
    settings.write_text(text.replace("  zones: [us-gov-west-1a, us-gov-west-1b]\n", _HUB))
    project = "project: proj_a1b2c3d4e5f6a1b2c3d4\n"  # CloudFormation makes none there
    (teams / "atlas.yaml").write_text((teams / "atlas.yaml").read_text() + project)
    context = json.loads(cdk.read_text())
    context["context"]["@aws-cdk/core:bootstrapQualifier"] = "other12345"
    cdk.write_text(json.dumps(context))
    _damage(clone.state)
    told = clone.up()
    after = clone.pids()
    assert after.keys() == before.keys()
    for name, pid in before.items():
        assert after[name] != pid
        assert not _runs(pid), f"{name} was lost"
    assert clone.state.environment.is_file()
    assert "mode hub needs the VPC routed to the hub" in told
    assert "{EMAIL}" in told and "Renamed-Team-atlas" in told and "Cloister-Team-atlas" not in told
    arns = [caller["arn"] for caller in clone.state.read("callers.json")]
    assert "arn:aws-us-gov:iam::123456789012:role/atlas-developer" in arns
    assert all(arn.startswith("arn:aws-us-gov:iam::123456789012:role/") for arn in arns)
    outputs = clone.run("status")
    assert outputs.returncode == 0, outputs.stdout


def _damage(state: State) -> None:
    """Leave nothing whole but what came of the long work, which has its own test: tests/local/test_assembly.py."""
    long_work = {"synth.json", "review.json"}
    kept = {path.name for path in state.directory.iterdir() if path.is_file() and path.name != "lock"} - long_work
    assert {"root.json", "callers.json", "deployed.json", "hosts.json", "ports.json", "ca.pem", "ca.key"} <= kept
    for name in kept:
        (state.directory / name).write_bytes(b"\x00\xff{")
    for path in state.pids.iterdir():
        path.write_text("{}")
    state.remove("env")
    (state.directory / "env").mkdir()


_HUB = """\
  mode: hub
  vpc: vpc-0123456789abcdef0
  subnets:
    - {id: subnet-0123456789abcdef0, zone: us-gov-west-1a}
    - {id: subnet-0123456789abcdef1, zone: us-gov-west-1b}
  endpoints:
    execute_api: vpce-0123456789abcdef0
    bedrock_mantle: sg-0123456789abcdef0
    bedrock_runtime: pl-0123456789abcdef0
    sts: pl-0123456789abcdef1
    kms: pl-0123456789abcdef2
"""


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_down_and_status_say_so_when_there_is_nothing(tmp_path: Path) -> None:
    root = make_clone(tmp_path / "clone")
    for command, status in (("down", 0), ("status", 1)):
        done = run_local(root, command)
        assert done.returncode == status
        assert "nothing" in done.stdout
