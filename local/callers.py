"""The principals that may call a team: made in the embedded IAM, assumed, and known to the stand-ins.

On AWS these roles exist already; a team's file names them. Here they are made as the file names them, so that a
request is signed by the same principal, and judged by the same rules, as on AWS.
"""

from __future__ import annotations

import configparser
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local import root
from local.embedded import Embedded
from local.keys import Key, Keys
from local.state import State

_SECONDS = 43_200
"""How long a caller's session lasts: the longest that IAM lets a role have. `make up` renews it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A role of a team's callers, with a session.

    Parameters
    ----------
    team
        The team that it may call.
    arn
        The role's ARN.
    access_key
        The id of the session's key; the key itself is in `.local/keys`.
    """

    team: str
    arn: str
    access_key: str

    @property
    def profile(self) -> str:
        """The session's name in `.local/credentials`."""
        return f"{self.team}-{self.arn.rpartition('/')[2]}"


def ensure(
    state: State, aws: Embedded, account: str, teams: Mapping[str, Iterable[str]]
) -> tuple[list[Caller], list[str]]:
    """Make every caller role of every team, assume it, and write its key where the stand-ins look it up.

    Parameters
    ----------
    account
        The embedded account; a role of another one cannot be made here.
    teams
        For each team the ARNs of its caller roles.

    Returns
    -------
    The callers, and the ARNs that belong to another account.
    """
    keys = Keys(state.keys)
    for earlier in known(state):
        keys.remove(earlier.access_key)
    callers, elsewhere = [], []
    sessions = []
    for team, arns in teams.items():
        for named in arns:
            if named.split(":")[4] != account:
                elsewhere.append(named)
                continue
            arn = _one_of(named)
            key = _assume(aws, arn, account, _make_role(aws, arn, account))
            keys.add(key)
            caller = Caller(team, arn, key.access_key)
            callers.append(caller)
            sessions.append((caller, key))
    state.write("callers.json", [{"team": c.team, "arn": c.arn, "access_key": c.access_key} for c in callers])
    _write_profiles(state, aws, sessions)
    return callers, elsewhere


def known(state: State) -> list[Caller]:
    """Return the callers of the last `make up`."""
    found = state.read("callers.json")
    try:
        callers = [Caller(**record) for record in found or []]
    except TypeError:
        return []
    return [c for c in callers if all(isinstance(text, str) for text in (c.team, c.arn, c.access_key))]


def _one_of(arn: str) -> str:
    """Return a role that is like a pattern, as Identity Center in us-east-1 would make it for a permission set."""
    return arn.replace("*", "").replace("?" * 16, hashlib.sha256(arn.encode()).hexdigest()[:16])


def _make_role(aws: Embedded, arn: str, account: str) -> str:
    """Make a caller's role if it is not there yet; return its policy, as JSON."""
    iam = aws.client("iam")
    partition = arn.split(":")[1]
    path, _, name = arn.partition(":role")[2].rpartition("/")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    try:
        iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(
            RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=_SECONDS
        )
    # What a caller needs on its side; the other side is the API's own resource policy.
    invoke = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:{partition}:execute-api:*:{account}:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [invoke]})
    iam.put_role_policy(RoleName=name, PolicyName="call", PolicyDocument=document)
    return document


def _assume(aws: Embedded, arn: str, account: str, policy: str) -> Key:
    assumed: Any = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="local", DurationSeconds=_SECONDS)
    credentials, user = assumed["Credentials"], assumed["AssumedRoleUser"]
    return Key(
        access_key=credentials["AccessKeyId"],
        secret_key=credentials["SecretAccessKey"],
        session_token=credentials["SessionToken"],
        # ministack knows one partition; the account is of the Region's.
        arn=":".join(("arn", arn.split(":")[1], *user["Arn"].split(":")[2:])),
        account=account,
        user_id=user["AssumedRoleId"],
        role=arn,
        policies=(policy,),
    )


def _write_profiles(state: State, aws: Embedded, sessions: Iterable[tuple[Caller, Key]]) -> None:
    """Write `.local/credentials` for AWS SDKs that are pointed at it: a profile for each caller, and the run's root."""
    profiles = configparser.RawConfigParser()
    for name, key in [("default", root.key(state)), *((caller.profile, key) for caller, key in sessions)]:
        profiles[name] = {
            "aws_access_key_id": key.access_key,
            "aws_secret_access_key": key.secret_key,
            **({"aws_session_token": key.session_token} if key.session_token else {}),
            "region": aws.region,
            "endpoint_url": aws.endpoint,
        }
    text = io.StringIO()
    text.write("# Sessions on this machine's embedded AWS, worth nothing elsewhere. Written by `make up`.\n")
    profiles.write(text)
    state.write_text("credentials", text.getvalue())
