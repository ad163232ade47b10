"""A function for the runtime's tests: what it does is in the event. Run as ``python -m …support.function [fail]``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

from lambdas.proxy.runtime.loop import ClientGone, Invocation, Reply, serve

SECRET = "the prompt"  # what must not come out of any error


class Quoting(Exception):  # noqa: N818  # its name is what Lambda gets
    """Like many exceptions, it says what it choked on."""


def say(text: str) -> None:
    """Tell the test, on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def await_gate(path: str | None) -> None:
    """Wait until a file is there, if one is named."""
    while path and not os.path.exists(path):  # noqa: PTH110 - what starts slowly is not wanted here
        time.sleep(0.01)


def handle(invocation: Invocation, reply: Reply) -> None:
    """Do what the event says."""
    event = json.loads(invocation.event)
    do = event["do"]
    if do == "fail first":
        raise Quoting(SECRET)
    if do == "nothing":
        return
    if do == "leave":
        sys.exit(3)
    time.sleep(event.get("before", 0))
    reply.start(
        event.get("status", 200), [tuple(pair) for pair in event.get("headers", [["content-type", "text/plain"]])]
    )
    if do == "facts":
        facts = {
            "request_id": invocation.request_id,
            "seconds": invocation.deadline - time.monotonic(),
            "arn": invocation.function_arn,
            "cold": invocation.cold_start,
            "trace": os.environ.get("_X_AMZN_TRACE_ID"),
            "shown": repr(invocation),
        }
        reply.write(json.dumps(facts).encode())
    elif do == "write":
        for part in event["parts"]:
            reply.write(part.encode())
            await_gate(event.get("gate"))
    elif do == "finish":
        reply.finish(event["text"].encode())
        await_gate(event.get("gate"))
        try:
            reply.write(b"late")
        except RuntimeError:
            say("refused")
    elif do == "many bytes":
        reply.write(b"x" * event["size"])
    elif do == "endless":
        while True:
            reply.write(b"x" * 65_536)
    elif do == "fail later":
        reply.write(b"begun")
        raise Quoting(SECRET)
    elif do == "until gone":
        try:
            for _ in range(1000):
                reply.write(b"data: x\n\n")
                time.sleep(0.01)
        except ClientGone:
            say(f"gone {event.get('swallow')}")
            if not event.get("swallow"):
                raise
    elif do == "watch":
        reply.write(b"first")
        for _ in range(500):
            if not reply.alive():
                say("not alive")
                return
            time.sleep(0.01)
        say("alive")


def init() -> Callable[[Invocation, Reply], None]:
    """Make the handler, or fail."""
    if "fail" in sys.argv:
        raise Quoting(SECRET)
    return handle


if __name__ == "__main__":
    serve(init)
