"""Runs the looks, all at once, and leaves no question open for longer than a minute."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks import Look, unanswered
from preflight.plan import Plan
from review.finding import Finding, Status

__all__ = ["SECONDS", "run"]

SECONDS = 50.0
"""How long all looks together may take; what has no answer by then could not be asked."""


def run(
    account: Account,
    plan: Plan,
    looks: Sequence[Look],
    *,
    begun: Callable[[Look], None] = lambda _look: None,
    done: Callable[[Look, list[Finding]], None] = lambda _look, _findings: None,
    seconds: float = SECONDS,
) -> list[Finding]:
    """Return what all looks found, in the looks' order.

    No look is lost: one that fails, for whatever reason, or that has no answer in time, is a finding that says so.

    Parameters
    ----------
    account, plan
        Whom to ask, and about what.
    looks
        What to look at.
    begun, done
        Called in this thread when the looks have begun, and as each ends.
    seconds
        How long they may take together.
    """
    ended: queue.SimpleQueue[tuple[Look, list[Finding]]] = queue.SimpleQueue()
    for look in looks:
        begun(look)
        # Daemons: a question that never ends must not keep the command from ending.
        threading.Thread(
            target=lambda look=look: ended.put((look, _look(account, plan, look))), daemon=True, name=look.code
        ).start()
    found: dict[str, list[Finding]] = {}
    deadline = time.monotonic() + seconds
    while len(found) < len(looks):
        try:
            look, findings = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[look.code] = findings
        done(look, findings)
    for look in looks:
        if look.code not in found:
            found[look.code] = [_late(look, seconds)]
            done(look, found[look.code])
    return [finding for look in looks for finding in found[look.code]]


def _look(account: Account, plan: Plan, look: Look) -> list[Finding]:
    findings: list[Finding] = []
    try:
        # One by one, so that what was found before a failure is kept.
        for finding in look.ask(account, plan):
            findings.append(finding)
    except NotAnsweredError as error:
        findings.append(unanswered(look, plan.region, error))
    except Exception as error:
        # An answer of another shape than botocore documents; what it held may be anybody's, so only its kind is said.
        findings.append(_unreadable(look, plan, error))
    return findings


def _unreadable(look: Look, plan: Plan, error: Exception) -> Finding:
    return Finding(
        look.code,
        Status.NOT_ASKED,
        plan.region,
        f"an answer could not be read ({type(error).__name__})",
        look.why,
        f"look by hand: {look.source}; and report it with the versions of boto3 and Cloister",
        look.source,
    )


def _late(look: Look, seconds: float) -> Finding:
    return Finding(
        look.code,
        Status.NOT_ASKED,
        "deadline",
        f"no answer within {seconds:.0f} s",
        look.why,
        "run it again; if it is late again, the service or the network between does not answer",
        look.source,
    )
