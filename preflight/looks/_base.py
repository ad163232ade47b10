"""What a look is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.plan import Plan
from review.finding import Finding, Status

__all__ = ["Look", "attempt", "ok", "stops", "unanswered", "warning"]


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at.

    Parameters
    ----------
    code
        The id of the look, and the code of the finding when it could not be asked.
    title
        What is looked at, for the person who waits.
    why
        Why it matters, when it could not be asked.
    source
        Who says so: an https address.
    ask
        Asks the account, and returns what was found.
    """

    code: str
    title: str
    why: str
    source: str
    ask: Callable[[Account, Plan], Iterable[Finding]]


def ok(code: str, where: str, found: str) -> Finding:
    """Return a finding with which nothing is to be done."""
    return Finding(code, Status.OK, where, found)


def warning(code: str, where: str, found: str, *, why: str, cure: str, source: str) -> Finding:
    """Return a finding that somebody has to see to before long."""
    return Finding(code, Status.WARNING, where, found, why, cure, source)


def stops(code: str, where: str, found: str, *, why: str, cure: str, source: str) -> Finding:
    """Return a finding that stops the deployment, or breaks what it promises."""
    return Finding(code, Status.STOPS, where, found, why, cure, source)


def unanswered(look: Look, where: str, error: NotAnsweredError) -> Finding:
    """Return the finding that a question has no answer: doubt, which is neither good nor bad."""
    cure = (
        f"allow {error.action}, which docs/preflight-policy.json lists, or have somebody look who may"
        if error.is_refused
        else f"run it again; if {error.action} is answered so again, look by hand: {look.source}"
    )
    return Finding(look.code, Status.NOT_ASKED, where, str(error), look.why, cure, look.source)


def attempt(look: Look, where: str, parts: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is found about one of several things; if it could not be asked, say so, and go on with the next."""
    try:
        yield from parts
    except NotAnsweredError as error:
        yield unanswered(look, where, error)
