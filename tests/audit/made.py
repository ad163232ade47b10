"""Chains made anew, with a key of the tests' own, by the function's code."""

from __future__ import annotations

import base64
import io
import itertools
import json
import time
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from audit.signatures import Keys
from audit.verify import Report, verify
from lambdas.proxy.audit.log import Log
from lambdas.proxy.audit.signing import Signing
from lambdas.proxy.core.clock import stamp
from lambdas.proxy.core.team import Team
from lambdas.proxy.services.kms import KmsError
from tests.audit.samples import lines

ARN = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TEAM = {
    "name": "atlas",
    "access": "iam",
    "models": ["m"],
    "tiers": ["default"],
    "project": "p",
    "guardrail_id": "g",
    "guardrail_version": "1",
    "signing_key": ARN,
}
_ids = itertools.count()


class Signer:
    """Stands where KMS does, with a key of its own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.fails = ""

    def sign(self, key: str, digest: bytes, deadline: float) -> str:
        assert (key, len(digest)) == (ARN, 32)
        assert deadline > time.monotonic()
        if self.fails:
            raise KmsError(self.fails)
        return base64.b64encode(self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))).decode()

    @property
    def keys(self) -> Keys:
        return Keys(by_team={"atlas": [self.key.public_key()]}, arns={"atlas": {ARN}})


@cache
def sample(record: str) -> dict[str, Any]:
    """A line of a kind, without its place in a chain."""
    line: dict[str, Any] = json.loads(next(line for line in lines(1) if f'"record":"{record}"' in line))
    line.pop("chain", None)
    return line


def chain(
    signer: Signer, requests: int = 3, *, end: bool = True, kill: bool = False, stream: str = "2026/11/28/[1]ab"
) -> list[str]:
    """The lines of an execution environment that answers some requests; killed during one more, or told to end."""
    log, out = Log(), io.StringIO()
    team = Team({"CLOISTER_TEAM": json.dumps(TEAM), "AWS_REGION": "us-east-1"})
    whose = {"deployment": "Cloister", "team": "atlas", "function_version": "1", "log_stream": stream}
    with redirect_stdout(out):
        log.begin({**whose, "code": None, "chained": "signed", "key": ARN})
        signing = Signing(log, team, signer, whose)  # type: ignore[arg-type]  # it has what is used of it
        for number in range(requests + kill):
            id, now = next(_ids), stamp(time.time())
            about = {"request_id": f"r-{id}", "time": now, "team": "atlas", "deployment": "Cloister"}
            log.write(_compact(sample("began") | about))
            if number < requests:
                upstream = sample("inference")["upstream"] | {"request_id": f"up-{id}"}
                log.write(_compact(sample("inference") | about | {"upstream": upstream, "duration_ms": 0}))
                signing.settle(time.monotonic() + 60)
        if end:
            signing.end()
    return out.getvalue().splitlines()


def _compact(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":"))


def codes(files: Iterable[Sequence[str]], keys: Keys, **more: Any) -> set[str]:
    """The codes of the faults in some files."""
    return {finding.code for finding in report(files, keys, **more).findings if finding.fault}


def report(files: Iterable[Sequence[str]], keys: Keys, **more: Any) -> Report:
    """What verifying some files comes to."""
    named = [[(f"{name}:{at}", line) for at, line in enumerate(file, 1)] for name, file in enumerate(files)]
    return verify([iter(file) for file in named], keys, **more)
