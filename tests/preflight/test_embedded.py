"""``python -m preflight`` against the embedded AWS, as a person runs it: three troubles are seeded, and found.

Guarantees: docs/preflight.md shows exactly what the command prints for that account, but for a number that the embedded
AWS makes of the machine's memory, and an id that it makes up.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from local import embedded, ports, processes, root, service
from local.bedrock import control, server, voice
from local.bedrock.embedded import Embedded as BehindBedrock
from local.embedded import Embedded
from local.keys import Key, Keys
from local.state import ACCOUNT, State
from tests.clone import ROOT, make_clone
from tests.local.bedrock.conftest import Loop

_REGION = "us-east-1"
_TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
_DEPLOYER = f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{_REGION}"
_MEMORY = re.compile(r"\d+ of \d+( are not reserved)")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """An embedded AWS that is ready for the suite's deployment, but for three troubles."""
    state = State(tmp_path_factory.mktemp("preflight")).make()
    key = root.ensure(state, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    process, _ = service.ensure(state, embedded.specification(state, ports.choose(state)["aws"], _REGION, ACCOUNT))
    try:
        found = Embedded(state, process.port, _REGION)
        _prepare(found)
        _seed(found)
        Keys(state.keys).add(key)
        yield found
    finally:
        processes.stop(state, process)


def _prepare(aws: Embedded) -> None:
    """What bootstrapping makes, and the roles that the teams' files name."""
    iam = aws.client("iam")
    aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="28", Type="String")
    iam.create_role(RoleName=_DEPLOYER, AssumeRolePolicyDocument=_TRUST)
    iam.attach_role_policy(RoleName=_DEPLOYER, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.create_role(RoleName="beacon-service", AssumeRolePolicyDocument=_TRUST)


def _seed(aws: Embedded) -> None:
    """A caller with a path, a guardrail that an earlier try left, a team that has left without its stack."""
    aws.client("iam").create_role(RoleName="atlas-developer", Path="/people/", AssumeRolePolicyDocument=_TRUST)
    aws.client("bedrock").create_guardrail(
        name="Cloister-baseline", blockedInputMessaging="blocked", blockedOutputsMessaging="blocked"
    )
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    aws.client("cloudformation").create_stack(
        StackName="Cloister-Team-orbit",
        TemplateBody=json.dumps(topic),
        Tags=[{"Key": "deployment", "Value": "Cloister"}, {"Key": "team", "Value": "orbit"}],
    )


@pytest.fixture(scope="module")
def mantle(aws: Embedded) -> Iterator[str]:
    """The stand-in for bedrock-mantle, by its base URL."""
    loop = Loop()
    key = root.key(aws.state)

    async def start() -> tuple[aiohttp.ClientSession, aiohttp.web.AppRunner, int]:
        session = aiohttp.ClientSession()

        async def no_project(_name: str) -> bool:
            return False

        behind = BehindBedrock(session, aws.endpoint, _REGION, key)
        told = control.Control()
        endpoints = server.Endpoints(_REGION, Keys(aws.state.keys), told, voice.speak, no_project, behind)
        return session, *await server.listen(endpoints.application(), 0)

    session, runner, port = loop.run(start())
    yield f"http://127.0.0.1:{port}"
    loop.run(runner.cleanup())
    loop.run(session.close())
    loop.close()


@pytest.fixture(scope="module")
def environment(aws: Embedded, mantle: str) -> dict[str, str]:
    """What leads the command to them, and nowhere else."""
    key: Key = root.key(aws.state)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ENDPOINT_URL_BEDROCK_MANTLE": mantle,
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clone(tmp_path_factory.mktemp("clone") / "kit")


def _run(clone: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "preflight"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _published() -> str:
    text = (ROOT / "docs" / "preflight.md").read_text(encoding="utf-8")
    return text.partition("<!-- printed by the command; a test compares it -->\n```text\n")[2].partition("```")[0]


def _constant(text: str) -> str:
    """The text without what differs from machine to machine, and without blanks at the ends of lines."""
    lines = (_MEMORY.sub(r"1000 of 1000\1", line).rstrip() for line in text.splitlines())
    # The embedded AWS makes the guardrail's id up.
    return re.sub(r"\bgr-[0-9a-z-]+|(?<=--guardrail-identifier )[0-9a-z]+", "gr-1", "\n".join(lines) + "\n")


def test_the_documents_show_what_the_command_prints(clone: Path, environment: dict[str, str]) -> None:
    ran = _run(clone, environment)
    assert ran.returncode == 1, ran.stderr
    assert _published() == _constant(ran.stdout), _constant(ran.stdout)
    # What is to be done is what was seeded, and that nobody is told of alarms.
    summary = ran.stdout.rstrip().splitlines()[-1]
    assert summary.endswith("ok, 2 warnings, 2 stop the deployment")
