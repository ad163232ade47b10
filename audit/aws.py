"""Lines and keys out of an account: log groups, the evidence bucket, KMS. Everything here only reads.

It takes boto3, which the verification of files does without.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from audit.signatures import Keys, public
from audit.sources import Events, lines, most, unpacking

__all__ = ["Account", "bucket"]

_LOGS = ("ProxyLogGroup",)
_OTHERS = ("AccessLogs", "AuthorizerLogs")
#: Milliseconds that a request lasts at the most, and a minute.
_LONGEST = 16 * 60 * 1000
#: Bytes of an object that are kept while they are read.
_AT_ONCE = 1024 * 1024


class Account:
    """A deployment in an account.

    Parameters
    ----------
    session
        A session of boto3's, in the deployment's Region.
    deployment
        Name of the deployment.
    teams
        Names; all of its teams without any.
    """

    def __init__(self, session: Any, deployment: str, teams: Sequence[str] = ()) -> None:
        self._session = session
        self._prefix = f"{deployment}-Team-"
        self._teams = teams
        self._stacks: dict[str, dict[str, str]] = {}
        pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
        for stack in (stack for page in pages for stack in page["Stacks"]):
            team = stack["StackName"].removeprefix(self._prefix)
            if stack["StackName"].startswith(self._prefix) and (not teams or team in teams):
                outputs = stack.get("Outputs", [])
                self._stacks[team] = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        if missing := sorted(set(teams) - self._stacks.keys()) or ([] if self._stacks else ["any team"]):
            raise LookupError(f"no stack {self._prefix}… of {', '.join(missing)} is in this account and Region")

    def keys(self) -> Keys:
        """Return the teams' public keys, from KMS."""
        kms, keys = self._session.client("kms"), Keys()
        for team, outputs in self._stacks.items():
            arn = outputs.get("SigningKeyArn")
            if arn is not None:
                keys.by_team[team] = [public(kms.get_public_key(KeyId=arn)["PublicKey"])]
                keys.arns[team] = {arn}
        return keys

    def sources(self, since: str, until: str) -> Iterator[Events]:
        """Return the lines of the teams' log groups, a list for each log stream, in the order in which they came."""
        logs = self._session.client("logs")
        for group in self._groups():
            pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
            for stream in (stream for page in pages for stream in page["logStreams"]):
                if _begins_before(stream, until):
                    yield _stream(logs, group, stream["logStreamName"], since, until)

    def _groups(self) -> Iterator[str]:
        formation = self._session.client("cloudformation")
        for team, outputs in self._stacks.items():
            yield from (outputs[name] for name in _LOGS if name in outputs)
            pages = formation.get_paginator("list_stack_resources").paginate(StackName=f"{self._prefix}{team}")
            for part in (part for page in pages for part in page["StackResourceSummaries"]):
                of = part["LogicalResourceId"]
                if part["ResourceType"] == "AWS::Logs::LogGroup" and any(name in of for name in _OTHERS):
                    yield part["PhysicalResourceId"]


def _begins_before(stream: dict[str, Any], until: str) -> bool:
    # What came last is told some time after it came, so no stream is left out by that.
    first = stream.get("firstEventTimestamp", 0)
    return not until or first < _milliseconds(until)


def _stream(logs: Any, group: str, name: str, since: str, until: str) -> Events:
    asked: dict[str, Any] = {"logGroupName": group, "logStreamName": name, "startFromHead": True}
    if since:
        asked["startTime"] = _milliseconds(since)
    if until:
        # A request that came before has its record after it.
        asked["endTime"] = _milliseconds(until) + _LONGEST
    number, token = 0, None
    while True:
        page = logs.get_log_events(**asked, **({"nextToken": token} if token else {}))
        for event in page["events"]:
            number += 1
            yield f"{group} {name}:{number}", event["message"].rstrip("\r\n")
        # The last page gives the token that it was asked with
        # (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
        if page.get("nextForwardToken") in (None, token):
            return
        token = page["nextForwardToken"]


def _milliseconds(stamp: str) -> int:
    moment = datetime.fromisoformat(stamp)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def bucket(session: Any, name: str, prefix: str) -> Iterator[Events]:
    """Return the lines of a bucket's objects, as Firehose or an export puts them there: a list for each object."""
    s3 = session.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield _object(s3, name, entry["Key"])


def _object(s3: Any, name: str, key: str) -> Events:
    got = s3.get_object(Bucket=name, Key=key)
    body: Any = io.BufferedReader(got["Body"], _AT_ONCE)
    at = f"s3://{name}/{key}"
    with body, unpacking(at):
        data = gzip.GzipFile(fileobj=body) if body.peek(2)[:2] == b"\x1f\x8b" else body
        text = io.TextIOWrapper(data, encoding="utf-8", errors="surrogateescape", newline="\n")
        yield from lines(at, text, most(got["ContentLength"]))
