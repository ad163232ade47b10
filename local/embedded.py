"""The embedded AWS from outside: whether it runs, what it holds, and clients that talk to it and nothing else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from local import launcher, ports, processes, root, service
from local.failure import LocalError
from local.state import State

NAME = "aws"
_SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_SOURCES = (
    "launcher.py",
    "confined.py",
    "front.py",
    "keys.py",
    "ports.py",
    "root.py",
    "sensitive.py",
    "signatures.py",
    "state.py",
    "strangers.py",
    "types/*.py",
)


def specification(
    state: State, port: int, region: str, account: str, holds: str = "", network: str = ""
) -> service.Service:
    """Return how the embedded AWS is started.

    Parameters
    ----------
    holds
        What it is started for; another deployment gets another one, with nothing of the first in it.
    network
        The company's network that is there before anything is deployed, as JSON; empty when there is none.
    """
    return service.Service(
        name=NAME,
        command=(sys.executable, "-m", "local.launcher"),
        environment=launcher.environment(state, port, region, account, network),
        port=port,
        sources=_SOURCES,
        also=holds,
    )


# A session reads a megabyte of endpoints and the models of its services once, and makes one client at a time:
# https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
_session = cache(boto3.session.Session)
_making = threading.Lock()


class Embedded:
    """Clients of the embedded AWS.

    Parameters
    ----------
    state
        Where the run's key is.
    port
        The loopback port that it listens on.
    region
        The deployment's Region.
    """

    def __init__(self, state: State, port: int, region: str) -> None:
        self.state = state
        self.endpoint = f"http://{ports.HOST}:{port}"
        self.region = region

    def client(self, name: str) -> Any:
        """Return a boto3 client of a service, for example ``client("iam")``."""
        key = root.key(self.state)
        with _making:
            return _session().client(
                name,
                endpoint_url=self.endpoint,
                region_name=self.region,
                aws_access_key_id=key.access_key,
                aws_secret_access_key=key.secret_key,
                config=Config(retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30, proxies={}),
            )

    def stacks(self) -> dict[str, str]:
        """Return the status of every stack, by name."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]}

    def holds(self, names: Collection[str]) -> bool:
        """Whether every one of these stacks is there, its last deployment finished."""
        found = self.stacks()
        return all(found.get(name) in _SETTLED for name in names)

    def outputs(self, names: Collection[str]) -> dict[str, dict[str, str]]:
        """Return the outputs of these stacks, by stack and output name.

        Raises
        ------
        LocalError
            One of the stacks does not exist.
        """
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        found = {stack["StackName"]: stack.get("Outputs", []) for page in pages for stack in page["Stacks"]}
        missing = sorted(set(names) - set(found))
        if missing:
            raise LocalError(f"the embedded AWS has no stack {', '.join(missing)}", next_command="make up")
        return {name: {item["OutputKey"]: item["OutputValue"] for item in found[name]} for name in names}

    def resources(self, names: Collection[str]) -> Mapping[str, int]:
        """Return how many resources each of these stacks has."""
        cloudformation = self.client("cloudformation")
        return {name: len(cloudformation.describe_stack_resources(StackName=name)["StackResources"]) for name in names}

    def remove(self, name: str) -> None:
        """Delete a stack that the assembly no longer has, and wait until it is gone.

        Raises
        ------
        LocalError
            Its deletion failed.
        """
        cloudformation = self.client("cloudformation")
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )


def running(state: State) -> processes.Process | None:
    """Return the embedded AWS's process when it is alive."""
    process = processes.find(state, NAME)
    return process if process and process.alive else None
