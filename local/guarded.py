"""What stands before the kit's own HTTP listeners: web pages are refused, and its controls open by the run's word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from local import root, strangers
from local.state import State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def refuse_pages(request: web.Request) -> None:
    """Refuse what a web page sends, and every `Host` but the listener's own.

    Raises
    ------
    aiohttp.web.HTTPForbidden
        With the reason.
    """
    own = request.transport.get_extra_info("sockname") if request.transport is not None else None
    if own is None:
        raise web.HTTPForbidden(text="the connection has gone\n")
    if refused := strangers.refusal(request.headers.items(), strangers.loopback(own[1])):
        raise web.HTTPForbidden(text=f"{refused}\n")


@web.middleware
async def pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let everything but web pages through: who else may call, the handlers decide."""
    refuse_pages(request)
    return await handler(request)


def controls(state: State) -> Middleware:
    """Return the middleware that lets those through who have the run's word."""

    @web.middleware
    async def only(request: web.Request, handler: Handler) -> web.StreamResponse:
        refuse_pages(request)
        if not root.controls(state, request.headers.get("Authorization")):
            raise web.HTTPUnauthorized(text="this is for the kit itself; its word is in .local/root.json\n")
        return await handler(request)

    return only
