"""The whole kit, brought up by `make up`'s own command on a state directory of its own, and what tests do with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import httpx
import openai
from botocore.credentials import ReadOnlyCredentials

from local import root
from local.keys import Key, Keys
from local.state import State
from tests.local.bedrock.client import Signed
from tests.waiting import LONG, until
from tools.token import mint

REGION = "us-east-1"

# It reads a megabyte of endpoints, and the model of each service, once.
_session = cache(boto3.session.Session)


@dataclass(frozen=True)
class Kit:
    """A deployed, running kit."""

    state: State
    _outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def ports(self) -> dict[str, int]:
        return dict(self.state.read("ports.json"))

    def outputs(self, stack: str) -> dict[str, str]:
        """Outputs of a stack, such as `Team-atlas`."""
        if stack not in self._outputs:
            found = self.aws("cloudformation").describe_stacks(StackName=f"Cloister-{stack}")["Stacks"][0]["Outputs"]
            self._outputs[stack] = {item["OutputKey"]: item["OutputValue"] for item in found}
        return self._outputs[stack]

    def aws(self, service: str, secret: str | None = None) -> Any:
        """A client of the embedded AWS, with the run's root key or its id with another secret."""
        key = root.key(self.state)
        return _session().client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.ports['aws']}",
            region_name=REGION,
            aws_access_key_id=key.access_key,
            aws_secret_access_key=secret or key.secret_key,
        )

    def base(self, team: str) -> str:
        """The front door's base URL of a team."""
        return f"http://127.0.0.1:{self.ports['door']}/{self.outputs(f'Team-{team}')['ApiId']}/v1"

    def key(self, team: str) -> Key:
        """The session of the team's first caller."""
        known = [caller for caller in self.state.read("callers.json") if caller["team"] == team]
        found = Keys(self.state.keys).find(known[0]["access_key"])
        assert found is not None
        return found

    def session(self, role: str) -> Key:
        """A session of any role, known to the stand-ins; the role need not be a caller of a team."""
        arn = f"arn:aws:iam::000000000000:role/{role}"
        answer = self.aws("sts").assume_role(RoleArn=arn, RoleSessionName="e2e")
        user, given = answer["AssumedRoleUser"], answer["Credentials"]
        key = Key(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            user["Arn"],
            "000000000000",
            user["AssumedRoleId"],
            arn,
        )
        Keys(self.state.keys).add(key)
        return key

    def token(self, team: str, key: Key | None = None, **more: Any) -> str:
        """A token for a team's API, minted by the kit's own tool."""
        signer = key or self.key(team)
        credentials = ReadOnlyCredentials(signer.access_key, signer.secret_key, signer.session_token)
        return mint(credentials, REGION, self.outputs(f"Team-{team}")["ApiId"], **more)

    def openai(self, team: str, token: str | None = None, *, retries: int = 0) -> openai.OpenAI:
        """The stock SDK, as `.local/env` sets it up."""
        key = self.token(team) if token is None else token
        return openai.OpenAI(base_url=self.base(team), api_key=key, max_retries=retries, timeout=60)

    def signed(self, key: Key, region: str = REGION) -> httpx.Client:
        """An HTTP client that signs as a caller of an API with `access: iam`."""
        return httpx.Client(auth=Signed(key, "execute-api", region), timeout=60)

    @contextmanager
    def told(self, **settings: Any) -> Iterator[None]:
        """Have the stand-ins do something while the block runs."""
        self._control({"reset": True, **settings})
        try:
            yield
        finally:
            self._control({"reset": True})

    def _control(self, settings: dict[str, Any]) -> None:
        url = f"http://127.0.0.1:{self.ports['control']}/_control"
        httpx.post(url, json=settings, headers=root.control(self.state), timeout=LONG).raise_for_status()

    def _told(self, url: str) -> httpx.Response:
        return httpx.get(url, headers=root.control(self.state), timeout=LONG).raise_for_status()

    def stored(self) -> list[str]:
        """Ids of the responses that the mantle stand-in has kept."""
        answer = self._told(f"http://127.0.0.1:{self.ports['control']}/_stored")
        return list(answer.json()["ids"])

    def requests(self, endpoint: str) -> list[dict[str, Any]]:
        """What the stand-ins have seen since the last `told`."""
        answer = self._told(f"http://127.0.0.1:{self.ports['control']}/_requests")
        return [request for request in answer.json()["requests"] if request["endpoint"] == endpoint]

    def environments(self, output: str, team: str) -> int:
        """Execution environments that a team's function has now."""
        answer = self._told(f"http://127.0.0.1:{self.ports['door']}/")
        return int(answer.json()["environments"][self.outputs(f"Team-{team}")[output]])

    def log(self, output: str, team: str) -> Path:
        """The file with the output of a team's function: `ProxyFunction` or `AuthorizerFunction`."""
        return self.state.records / f"{self.outputs(f'Team-{team}')[output]}.log"

    def records(self, team: str) -> list[dict[str, Any]]:
        """The audit records of a team so far."""
        path = self.log("ProxyFunction", team)
        # The last one may be about to be written.
        lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("record") == "inference"]

    def next_records(self, team: str, before: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait for the records that follow the first `before` ones."""
        until(lambda: len(self.records(team)) >= before + count, f"{before + count} records are due")
        return self.records(team)[before:]
