"""The stand-ins' control: failures, delays and quirks on demand, and what has been seen and kept.

A second, plain-HTTP listener on loopback carries it, so that nothing of it can be mistaken for the AWS endpoints, and
answers whoever has the run's word (`Authorization: Bearer …`, `local.root`):

- `POST /_control` sets it; see `Control.apply` for the fields.
- `GET /_requests`: one entry for each request: where, status, model, names of headers. Never a body.
- `GET /_stored`: the ids of the responses that were kept because nobody said `store: false`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from local import guarded
from local.bedrock.checks import REJECTED
from local.state import State
from stacks.services import SERVICES

TARGETS = tuple(service.stand_in for service in SERVICES if service.stand_in is not None)
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Failure:
    """One answer that fails. `retry_after` is in seconds; `target` is one of `TARGETS`."""

    status: int
    retry_after: float | None = None
    target: str = "mantle"


@dataclass
class Control:
    """What the stand-ins are told to do, and what they have seen."""

    fail: deque[Failure] = field(default_factory=deque)
    rejected: frozenset[str] = REJECTED
    delay: float = 0.0
    chunk_delay: float = 0.0
    cut_after: int | None = None
    outage: frozenset[str] = frozenset()
    overlooked: int = 0
    retention: str | None = None
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_REMEMBERED))
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Take settings over; what is not named stays.

        Parameters
        ----------
        settings
            `reset` (true: as at the start, nothing remembered), `fail` (list of `{"status", "retry_after",
            "target"}`, each for one request), `reject` (list of `parameter` or `route:parameter`), `delay_ms` before
            the first byte, `chunk_delay_ms` between events, `cut_after` (the next stream is cut after so many
            events), `outage` (list of targets whose connections are dropped), `overlook` (so many images of each
            guardrail call are not looked at), `retention` (the mode of every Project, whatever was
            set; a word that is none has the question refused).

        Raises
        ------
        ValueError
            For a field that does not exist or has a wrong value: a test must not pass by a typo.
        """
        known = {
            "reset",
            "fail",
            "reject",
            "delay_ms",
            "chunk_delay_ms",
            "cut_after",
            "outage",
            "overlook",
            "retention",
        }
        if unknown := settings.keys() - known:
            raise ValueError(f"no such control: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        if settings.get("reset"):
            fresh = Control()
            for name in fresh.__dataclass_fields__:
                setattr(self, name, getattr(fresh, name))
        if "fail" in settings:
            failures = [Failure(**item) for item in settings["fail"]]
            if wrong := [failure.target for failure in failures if failure.target not in TARGETS]:
                raise ValueError(f"no such target: {wrong[0]}; there are {', '.join(TARGETS)}")
            self.fail = deque(failures)
        if "reject" in settings:
            self.rejected = frozenset(str(name) for name in settings["reject"])
        if "outage" in settings:
            self.outage = frozenset(settings["outage"])
            if not self.outage <= set(TARGETS):
                raise ValueError(f"outage takes {', '.join(TARGETS)}")
        self.delay = float(settings.get("delay_ms", self.delay * 1000)) / 1000
        self.chunk_delay = float(settings.get("chunk_delay_ms", self.chunk_delay * 1000)) / 1000
        self.cut_after = settings.get("cut_after", self.cut_after)
        self.retention = settings.get("retention", self.retention)
        self.overlooked = int(settings.get("overlook", self.overlooked))

    def next_failure(self, target: str) -> Failure | None:
        """Take the failure that the next request of this target must meet."""
        for failure in self.fail:
            if failure.target == target:
                self.fail.remove(failure)
                return failure
        return None


def application(control: Control, state: State) -> web.Application:
    """The admin listener's application.

    Parameters
    ----------
    state
        Where the run's word is.
    """

    async def set_control(request: web.Request) -> web.Response:
        try:
            control.apply(await request.json())
        except (ValueError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)
        return web.json_response({"ok": True})

    async def get_requests(_request: web.Request) -> web.Response:
        return web.json_response({"count": len(control.requests), "requests": list(control.requests)})

    async def get_stored(_request: web.Request) -> web.Response:
        return web.json_response({"count": len(control.stored), "ids": list(control.stored)})

    app = web.Application(middlewares=[guarded.controls(state)])
    app.router.add_post("/_control", set_control)
    app.router.add_get("/_requests", get_requests)
    app.router.add_get("/_stored", get_stored)
    return app
