"""Every route that the function serves. A route that reaches the model says so, and is guarded because it says so."""

from __future__ import annotations

from . import health
from .core.errors import MethodNotAllowedError, NotFoundError
from .openai import chat, models, responses
from .openai.adapter import Adapter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .core.catalogue import Model
    from .core.team import Team

    #: Answers from the team, the catalogue and the ``{id}`` in the path.
    Handler = Callable[[Team, Mapping[str, Model], str | None], dict[str, Any]]


class Route:
    """A method and a path, and what answers them.

    Attributes
    ----------
    name
        As in the audit record.
    adapter
        For a route that reaches the model: how its requests and answers look. Such a route has no handler of its own,
        so that there is one way to the model, and it is guarded.
    handler
        For a route that does not reach the model: what answers from here.
    """

    __slots__ = ("adapter", "handler", "method", "name", "path")

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        *,
        adapter: Adapter | None = None,
        handler: Handler | None = None,
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.adapter = adapter
        self.handler = handler


CHAT = Adapter(chat.PATH, chat.prepare, chat.Whole, chat.Events)
RESPONSES = Adapter(responses.PATH, responses.prepare, responses.Whole, responses.Events)
ROUTES = (
    Route("chat.completions", "POST", "/chat/completions", adapter=CHAT),
    Route("responses", "POST", "/responses", adapter=RESPONSES),
    Route("models.list", "GET", "/models", handler=models.answer),
    Route("models.get", "GET", "/models/{id}", handler=models.answer),
    Route("health", "GET", "/health", handler=health.answer),
)


_WHOLE = {(route.method, route.path): route for route in ROUTES if "{" not in route.path}


def find(method: str, path: str) -> tuple[Route, str | None]:
    """Return the route of a request, and the ``{id}`` in its path.

    Raises
    ------
    NotFoundError
        If no route has this path; the message lists those there are.
    MethodNotAllowedError
        If only the method is wrong; the answer's ``Allow`` says which is right.
    """
    path = path.rstrip("/") or "/"
    found = _WHOLE.get((method, path))
    if found is not None:
        return found, None
    allowed = []
    for route in ROUTES:
        id = _match(route.path, path)
        if id is None:
            continue
        if route.method == method:
            return route, id or None
        allowed.append(route.method)
    if allowed:
        raise MethodNotAllowedError(
            f"This route takes {', '.join(allowed)} only.",
            code="method_not_allowed",
            headers=[("Allow", ", ".join(allowed))],
        )
    there = ", ".join(f"{route.method} {route.path}" for route in ROUTES)
    raise NotFoundError(f"There is no such route here. There are: {there}.", code="unknown_route")


def _match(template: str, path: str) -> str | None:
    """Return None if the path is not of the template, else what stands for ``{id}`` (empty if there is none)."""
    prefix, brace, _ = template.partition("{")
    if not brace:
        return "" if path == template else None
    id = path[len(prefix) :]
    return id if path.startswith(prefix) and id and "/" not in id and len(id) <= 128 else None
