"""Which Bedrock Projects exist: those that a deployed stack names in its outputs."""

from __future__ import annotations

import asyncio
import time

import boto3
from botocore.config import Config

from local.keys import Key

_PAUSE = 1.0


class Projects:
    """Projects of the embedded AWS, looked up when an unknown one is named, once a second at most.

    Parameters
    ----------
    aws
        Base URL of the embedded AWS.
    region
        Its Region.
    key
        The run's root key.
    """

    def __init__(self, aws: str, region: str, key: Key) -> None:
        self._aws = aws
        self._key = key
        self._region = region
        self._known: frozenset[str] = frozenset()
        self._looked = -_PAUSE
        self._lock = asyncio.Lock()
        self._session = boto3.session.Session()

    async def __call__(self, project: str) -> bool:
        """Tell whether a stack's output `ProjectId` has this value."""
        async with self._lock:
            if project not in self._known and time.monotonic() - self._looked >= _PAUSE:
                self._known = await asyncio.to_thread(self._look)
                self._looked = time.monotonic()
        return project in self._known

    def _look(self) -> frozenset[str]:
        client = self._session.client(
            "cloudformation",
            endpoint_url=self._aws,
            region_name=self._region,
            aws_access_key_id=self._key.access_key,
            aws_secret_access_key=self._key.secret_key,
            config=Config(proxies={}, connect_timeout=5, read_timeout=30),
        )
        found = set()
        for page in client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                found |= {o["OutputValue"] for o in stack.get("Outputs", []) if o["OutputKey"] == "ProjectId"}
        return frozenset(found)
