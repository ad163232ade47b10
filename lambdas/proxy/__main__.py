"""Where the function starts: everything that can be done before the first request is done here."""

from __future__ import annotations

import os

from . import catalogue, credentials, tls
from .app import App
from .guardrail import Guardrail
from .http1 import Client
from .runtime import serve
from .team import Team
from .upstream import Upstream


def build() -> App:
    """Make the proxy of this function's environment, with a connection to each service open.

    Raises
    ------
    ValueError, KeyError
        If the environment is not what the Team stack sets: the function must not start.
    """
    root = os.environ.get("LAMBDA_TASK_ROOT") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    with open(os.path.join(root, "catalogue.json"), "rb") as file:  # noqa: PTH118,PTH123
        models = catalogue.read(file.read())
    team = Team(os.environ)
    team.check(models)
    keys = credentials.from_environment(os.environ)
    client = Client(tls.context())
    app = App(team, models, Guardrail(client, team, keys), Upstream(client, team, keys))
    app.warm()
    return app


if __name__ == "__main__":
    serve(build)
