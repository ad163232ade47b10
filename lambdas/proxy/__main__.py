"""Where the function starts: everything that can be done before the first request is done here."""

from __future__ import annotations

import json
import os
import sys
import time

from .app import App
from .audit import record
from .audit.log import log
from .core import catalogue
from .core.clock import stamp
from .core.team import Team
from .http import tls
from .http.client import Client
from .ledger.ledger import Ledger
from .runtime import loop
from .services import credentials
from .services.guardrail import Guardrail
from .services.mantle import Upstream
from .services.s3 import Objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import NoReturn

    from .archiving import Archiving
    from .audit.digest import Digests
    from .audit.signing import Signing


def build() -> App:
    """Make the proxy of this function's environment, with a connection to each service open.

    Raises
    ------
    ValueError, KeyError
        If the environment is not what the Team stack sets: the function must not start. The reason is logged here,
        since there is no prompt yet that it could quote; from the first request on, no message is.
    """
    try:
        return _build()
    except (ValueError, KeyError) as error:
        line = {"record": "init", "version": 1, "time": stamp(time.time()), "reason": str(error)}
        sys.stderr.write(json.dumps(line) + "\n")
        raise


def _build() -> App:
    root = os.environ.get("LAMBDA_TASK_ROOT") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    models = catalogue.read(_file(root, "catalogue.json"))
    team = Team(os.environ)
    team.check(models)
    keys = credentials.from_environment(os.environ)
    tls_context = tls.context()
    client = Client(tls_context)
    _begin(team, root, tls_context, keys)
    services = Guardrail(client, team, keys), Upstream(client, team, keys), Objects(client, team, keys)
    services[1].retention.write = log.write
    parts = Ledger(client, team, keys), _digests(team, client, keys), _archive(team, client, keys)
    app = App(team, models, *services, *parts)
    app.warm()
    return app


def _archive(team: Team, client: Client, keys: credentials.Credentials) -> Archiving | None:
    if team.archive is None:
        return None
    from .archiving import Archiving
    from .services.archive import Archive

    return Archiving(Archive(client, *team.archive, team.region, keys))


def _begin(team: Team, root: str, context: ssl.SSLContext, keys: credentials.Credentials) -> None:
    """Begin the chain of what this process writes, and have it signed."""
    global _signing
    log.code = _file(root, "code").decode() if os.path.exists(os.path.join(root, "code")) else None  # noqa: PTH110,PTH118
    version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
    stream = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
    whose = {"deployment": team.deployment, "team": team.name, "function_version": version, "log_stream": stream}
    log.begin(
        {**whose, "code": log.code, "chained": "signed" if team.signing_key else "hashed", "key": team.signing_key}
    )
    if team.signing_key is not None:
        from .audit.signing import Signing
        from .runtime import extension
        from .services.kms import Kms

        _signing = Signing(log, team, Kms(Client(context), team, keys), whose)
        extension.register(os.environ.get("AWS_LAMBDA_RUNTIME_API", ""))


def _digests(team: Team, client: Client, keys: credentials.Credentials) -> Digests | None:
    if team.digest_key is None:
        return None
    from .audit.digest import Digests
    from .services.kms import Kms

    return Digests(team, Kms(client, team, keys))


def _file(root: str, name: str) -> bytes:
    with open(os.path.join(root, name), "rb") as file:  # noqa: PTH118,PTH123
        return file.read()


_signing: Signing | None = None  # of this process, made with its chain


def _interrupted(why: str, then: Callable[[], None] | None) -> None:
    ends = then is not None and _signing is not None
    record.interrupted(why, (lambda: _last(then)) if ends else then)


def _last(then: Callable[[], None] | None) -> None:
    try:
        if _signing is not None:
            _signing.end()
    finally:
        if then is not None:
            then()


def _settle(deadline: float) -> None:
    if _signing is not None:
        _signing.settle(deadline)


def serve(init: Callable[[], App]) -> NoReturn:
    """Answer invocations until Lambda ends the process; what ends it is in the record of what it was answering."""
    loop.serve(init, _interrupted, _settle, log.write)


if __name__ == "__main__":
    serve(build)
