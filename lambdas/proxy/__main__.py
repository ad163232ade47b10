"""Where the function starts: everything that can be done before the first request is done here."""

from __future__ import annotations

import json
import os
import sys

from .app import App
from .audit import record
from .core import catalogue
from .core.team import Team
from .http import tls
from .http.client import Client
from .runtime import loop
from .services import credentials
from .services.guardrail import Guardrail
from .services.mantle import Upstream
from .services.s3 import Objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


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
        sys.stderr.write(json.dumps({"record": "init", "reason": str(error)}) + "\n")
        raise


def _build() -> App:
    root = os.environ.get("LAMBDA_TASK_ROOT") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    with open(os.path.join(root, "catalogue.json"), "rb") as file:  # noqa: PTH118,PTH123
        models = catalogue.read(file.read())
    team = Team(os.environ)
    team.check(models)
    keys = credentials.from_environment(os.environ)
    client = Client(tls.context())
    services = Guardrail(client, team, keys), Upstream(client, team, keys), Objects(client, team, keys)
    app = App(team, models, *services)
    app.warm()
    return app


def serve(init: Callable[[], App]) -> NoReturn:
    """Answer invocations until Lambda ends the process; what ends it is in the record of what it was answering."""
    loop.serve(init, record.interrupted)


if __name__ == "__main__":
    serve(build)
