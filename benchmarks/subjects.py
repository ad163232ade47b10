"""What is measured: the call without anything between, an empty function, the proxy, a raw relay, and a peer."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from benchmarks import authority, machine, payloads, seam
from benchmarks.function import Function
from benchmarks.http import Answer, Caller, post
from lambdas import package
from lambdas.proxy.core.team import VARIABLE, encode
from stacks.settings import load_catalogue

__all__ = ["MANTLE", "RUNTIME", "Ground", "Subject", "ground"]

ROOT = Path(__file__).parents[1]
MANTLE = "bedrock-mantle.us-east-1.api.aws"
RUNTIME = "bedrock-runtime.us-east-1.amazonaws.com"
DYNAMODB = "dynamodb.us-east-1.amazonaws.com"
PATH = "/openai/v1/chat/completions"
#: What Lambda and the Team stack set. The credentials are made up, and as long as real ones.
_ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
    "AWS_SESSION_TOKEN": "t" * 700,
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
    "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
    "LANG": "en_US.UTF-8",
    "PATH": os.defpath,
    "TZ": ":UTC",
}
_TEAM = {
    "name": "atlas",
    "access": "iam",
    "models": ["google.gemma-4-31b", "google.gemma-4-e2b"],
    "tiers": ["default", "flex"],
    "project": "proj_atlas",
    "guardrail_id": "gr123",
    "guardrail_version": "7",
    "prices": {
        "models": {"google.gemma-4-31b": {"default": [140_000, 400_000], "flex": [70_000, 200_000]}},
        "guardrail": {"content": 150_000, "words": 0, "images": 750_000},
    },
}
#: With a budget, and every limit that one can have but a caller's share, which is a second account.
_BUDGET = {"budget": {"month": 10**15, "tokens": 10**9, "in_flight": 1000}, "ledger_table": "ledger"}


@dataclass(slots=True)
class Subject:
    """One way to a completion.

    Parameters
    ----------
    name
        In the tables.
    call
        Makes a request of this body, and returns the answer.
    cpu, memory
        Seconds of CPU and megabytes of its process; None if there is none.
    close
        Ends it.
    """

    name: str
    call: Callable[[bytes], Answer]
    cpu: Callable[[], float] | None = None
    memory: Callable[[], float] | None = None
    close: Callable[[], None] = lambda: None


class Ground:
    """What the subjects stand on: certificates, the services, the unpacked package.

    Parameters
    ----------
    folder
        To write into; removed by the caller.
    port, services
        Of the services, and the id of their process.
    """

    def __init__(self, folder: Path, port: int, services: int) -> None:
        self.folder = folder
        self.port = port
        self.services = services
        self.trust = folder / "store.pem"
        self.task = folder / "task"
        self.python = getattr(sys, "_base_executable", sys.executable)
        self.package = folder / "proxy.zip"
        package.build(
            ROOT / "lambdas/proxy", self.package, {"catalogue.json": load_catalogue(ROOT).as_json()}, self.python
        )
        with zipfile.ZipFile(self.package) as zipped:
            zipped.extractall(self.task)
        (self.task / "bootstrap").chmod(0o755)
        hosts = (MANTLE, RUNTIME, DYNAMODB)
        self.interpreter = seam.write(folder / "guarded", self.python, hosts, port)
        self.unguarded = seam.write(folder / "unguarded", self.python, hosts, port, guarded=False)
        self.environment = {
            **_ENVIRONMENT,
            "SSL_CERT_FILE": str(self.trust),
            "LAMBDA_TASK_ROOT": str(self.task),
            VARIABLE: encode(_TEAM),
        }
        self.log = folder / "functions.log"

    def proxy(self, *, guarded: bool, budget: bool = False) -> Function:
        """Start the proxy as Lambda does; its team may have a budget."""
        python = self.interpreter if guarded else self.unguarded
        environment = self.environment | ({VARIABLE: encode({**_TEAM, **_BUDGET})} if budget else {})
        return Function([self.task / "bootstrap", python, "/var/runtime/bootstrap.py"], environment, self.log)

    def relay(self) -> Function:
        """Start the raw relay, in the way of the proxy."""
        start = (
            f"import sys; sys.path[:0] = [{str(self.task)!r}, {str(ROOT)!r}]; "
            "from benchmarks.handlers.relay import build; from proxy.runtime.loop import serve; serve(build)"
        )
        return Function([self.interpreter, "-I", "-S", "-B", "-c", start], self.environment, self.log)

    def stock(self, handler: str) -> Function:
        """Start a handler of `benchmarks.handlers` under AWS's own runtime client, with an interpreter as it comes."""
        site = Path(str(distribution("awslambdaric").locate_file("")))
        start = (
            f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(site)!r}]; "
            f"from awslambdaric.__main__ import main; main(['', 'benchmarks.handlers.{handler}.handler'])"
        )
        return Function([self.python, "-I", "-c", start], self.environment, self.log)

    def subject(self, name: str, function: Function) -> Subject:
        """Make a subject of a function."""
        return Subject(
            name, lambda body: function.invoke(payloads.event(body)), function.cpu, function.memory, function.close
        )

    def direct(self) -> Subject:
        """Make the call without anything between; its CPU is that of the services."""
        caller = Caller(self.port, self.trust, MANTLE)
        return Subject(
            "direct call",
            lambda body: caller.call(post(MANTLE, PATH, body)),
            lambda: machine.cpu(self.services),
            close=caller.close,
        )


@contextmanager
def ground(*, waits: bool = False) -> Iterator[Ground]:
    """Start the services and prepare the package; end and remove everything afterwards.

    Parameters
    ----------
    waits
        Whether guardrail and ledger take the time that they take on AWS.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloister-bench-")))
        authority.make(folder, [MANTLE, RUNTIME, DYNAMODB, "localhost"])
        with machine.on(machine.GENERATOR):
            services = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.services", str(folder), *(["waits"] if waits else [])],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        stack.enter_context(services)
        stack.callback(services.kill)
        assert services.stdout is not None  # noqa: S101  # a pipe was asked for
        yield Ground(folder, int(services.stdout.readline()), services.pid)
