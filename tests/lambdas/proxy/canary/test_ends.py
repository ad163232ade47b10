"""Guarantees: however a request ends, its text is in nothing but its own answer: every error, and a crash anywhere."""

from __future__ import annotations

import gc
import inspect
import json
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from lambdas.proxy.core import errors
from lambdas.proxy.core.errors import ProxyError
from lambdas.proxy.core.team import ARCHIVE_FAILURES, FIELDS
from lambdas.proxy.services import backoff
from lambdas.proxy.services.archive import Archive
from lambdas.proxy.services.credentials import Credentials
from tests.layers import ROOMS

from ..support.authority import Authority
from ..support.tls_server import Peer, Request
from ..world import FORBIDDEN, OTHER, S3, Handler, ask, chat, chat_answer, refusing, retaining
from .rules import image
from .test_answers import giving, plainly
from .watch import Watched, watched


@pytest.fixture(autouse=True)
def _without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST", 0.0005)


def kinds(of: type[ProxyError] = ProxyError) -> Iterator[type[ProxyError]]:
    """Every error that a request can end in."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


class End(NamedTuple):
    """How a request comes to end in an error.

    Attributes
    ----------
    change
        Done before.
    request
        Fields over those of a request that is right.
    team
        Changes to its document.
    seconds
        Of the function.
    """

    change: Callable[[Watched], None] = lambda _: None
    request: dict[str, Any] = {}  # noqa: RUF012  # it is read alone
    team: dict[str, Any] = {}  # noqa: RUF012
    method: str = "POST"
    path: str = "/chat/completions"
    seconds: float = 30


def service(name: str, make: Callable[[Watched], Handler]) -> Callable[[Watched], None]:
    """Have a service answer otherwise."""
    return lambda one: setattr(one.here, name, make(one))


def silent(peer: Peer, _: Request) -> None:
    """Say nothing."""
    peer.wait()
    raise EOFError


def quoting(status: str) -> Callable[[Watched], Handler]:
    """A service that refuses, and quotes what it refuses."""
    quoted = "{0} said {1}"
    return lambda one: refusing(
        status, json.dumps({"error": {"message": quoted.format(*_pair(one)), "code": one.canary.word}}).encode()
    )


def _pair(one: Watched) -> tuple[str, str]:
    return one.canary.word, one.canary.text


def committed(name: str, number: str) -> Callable[[Watched], None]:
    """Have the ledger hold so much."""

    def change(one: Watched) -> None:
        month = time.strftime("%Y-%m", time.gmtime())
        one.here.memory.items[month] = {"id": {"S": month}, name: {"N": number}}

    return change


def kept(one: Watched) -> None:
    """Have it be known that what is sent is kept."""
    retention = one.here.app._upstream.retention
    retention.mode, retention._looked = "default", time.monotonic()
    one.here.retention = retaining("default")


FORM = {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}}
ENDS: dict[type[ProxyError], End] = {
    errors.BadRequestError: End(request={"audio": {}}),
    errors.ContentFilteredError: End(request={"stop": FORBIDDEN}),
    errors.ForbiddenError: End(request={"model": OTHER}),
    errors.BudgetSpentError: End(committed("committed", str(10**15)), {"max_tokens": 9}),
    errors.TooFastError: End(
        committed("flying", "1"), {"max_tokens": 9}, {"CLOISTER_BUDGET": {"month": 10**15, "in_flight": 1}}
    ),
    errors.LedgerUnavailableError: End(service("ledger", quoting("400 No")), {"max_tokens": 9}),
    errors.NotFoundError: End(path="/chat/{}"),
    errors.MethodNotAllowedError: End(method="PATCH"),
    errors.TooLargeError: End(request={"user": "x" * 4_000_000}),
    errors.UpstreamRefusedError: End(service("mantle", quoting("400 No"))),
    errors.UpstreamFailedError: End(service("mantle", lambda one: giving(one.canary.text.encode()))),
    errors.StructuredOutputError: End(
        service("mantle", lambda one: giving(json.dumps(chat_answer(one.canary.text)).encode())), FORM
    ),
    errors.GuardrailUnavailableError: End(service("guardrail", quoting("500 No"))),
    errors.GuardrailRefusedError: End(service("guardrail", quoting("403 No"))),
    errors.RetentionError: End(
        kept,
        team={"CLOISTER_RETENTION": "required"},
    ),
    errors.ArchiveUnavailableError: End(
        service("objects", quoting("403 No")), team={"CLOISTER_ARCHIVE": ["an-archive", "refuse"]}
    ),
    errors.StorageUnavailableError: End(service("objects", quoting("503 No")), {"an object": True}),
    errors.DeadlineReachedError: End(service("mantle", lambda _: silent), seconds=4),
}


def test_every_error_has_a_way_to_it() -> None:
    assert set(ENDS) == set(kinds()), "say in ENDS how a request comes to the new one"


@pytest.mark.parametrize("kind", ENDS, ids=lambda kind: kind.__name__)
def test_no_error_writes_a_text_down(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, kind: type[ProxyError]
) -> None:
    ended, end, begin = set(), ENDS[kind], ProxyError.__init__

    def noted(self: ProxyError, *arguments: Any, **more: Any) -> None:
        ended.add(type(self))
        begin(self, *arguments, **more)

    monkeypatch.setattr(ProxyError, "__init__", noted)
    with watched(authority, **end.team) as one:
        for stream in (False, True):
            if (stream and end.seconds < 30) or (stream and kind is errors.StructuredOutputError):
                continue
            word, text = one.next().word, one.canary.text
            one.here.mantle = plainly
            end.change(one)
            one.call(end.method, end.path.format(word), full(one, stream) | _request(one, end), seconds=end.seconds)
            assert kind in ended, one.lines()[-1]
            assert text
        assert one.leaks() == []


def full(one: Watched, stream: bool) -> dict[str, Any]:
    """A request with the turn's canary in much of it."""
    word, text = _pair(one)
    picture = {"type": "image_url", "image_url": {"url": image(one.canary)}}
    return chat(text, stream=stream) | {
        "messages": [
            {"role": "system", "content": text, word: text},
            {"role": "user", "content": [{"type": "text", "text": text}, picture]},
        ],
        "tools": [{"type": "function", "function": {"name": word, "description": text, "parameters": {text: text}}}],
        "metadata": {word: text},
        "user": text,
        word: None,
    }


def _request(one: Watched, end: End) -> dict[str, Any]:
    if "an object" not in end.request:
        return end.request
    shown = {"type": "image_url", "image_url": {"url": f"s3://others/{one.canary.word}.png"}}
    return {"messages": [{"role": "user", "content": [shown]}]}


def functions(one: Watched) -> dict[str, list[types.FunctionType]]:
    """The functions of each module that a few requests go through, those that hold nothing of another's frame."""
    codes: dict[types.CodeType, None] = {}

    def note(frame: types.FrameType, event: str, _: object) -> None:
        if event == "call" and "/lambdas/proxy/" in frame.f_code.co_filename:
            codes[frame.f_code] = None

    sys.setprofile(note)
    try:
        requests(one)
    finally:
        sys.setprofile(None)
    found: dict[str, list[types.FunctionType]] = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("lambdas.proxy") and not name.startswith("lambdas.proxy.runtime"):  # which is played here
            for holder in (module, *(each for each in vars(module).values() if isinstance(each, type))):
                for each in vars(holder).values():
                    plain = each.fget if isinstance(each, property) else getattr(each, "__func__", each)
                    if not isinstance(plain, types.FunctionType) or plain.__module__ != name:
                        continue
                    if plain.__code__ in codes and not plain.__code__.co_freevars and plain not in found.get(name, []):
                        found.setdefault(name, []).append(plain)
    return found


def requests(one: Watched) -> None:
    """One of each kind: whole and streamed, by either route, with an object, and one that is refused."""
    one.next()
    one.call("POST", "/chat/completions", full(one, stream=True))
    one.call("POST", "/responses", ask(one.canary.text, instructions=one.canary.text, max_output_tokens=16))


def crashing(canary: str, kind: str) -> types.CodeType:
    """Code that raises an exception with a text in its arguments."""
    names: dict[str, Any] = {}
    exec(f"def crash(*_, **__):\n    raise {kind}({canary!r}, {canary!r})", names)  # noqa: S102  # made here
    code = names["crash"].__code__
    assert isinstance(code, types.CodeType)
    return code


KINDS = ("RuntimeError", "ValueError", "OSError", "KeyError", "UnicodeError", "MemoryError")


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of what was about to be closed when it crashed
def test_a_crash_in_any_room_says_where_it_was_and_nothing_else(authority: Authority) -> None:
    with watched(authority) as one:
        one.here.mantle = plainly
        requests(one)
        reached = functions(one)
        rooms = {name.replace(".", "/").rpartition("/")[0] for name in reached}
        assert rooms >= ROOMS.keys() - {"lambdas/proxy/runtime", "lambdas/proxy"}, "each room is gone through"
        for number, function in enumerate(some(reached)):
            one.next()
            sound, function.__code__ = function.__code__, crashing(_pair(one)[number % 2], KINDS[number % len(KINDS)])
            try:
                _one(one, number)
            finally:
                function.__code__ = sound
        gc.collect()
        assert one.leaks() == []
        crashes = [line for line in one.lines() if line["record"] == "crash"]
        assert len(crashes) > 40, "most of them end in one"
        last = one.call("POST", "/chat/completions", chat("Hi", max_tokens=9))
        assert last.status == 200, last.body


def some(reached: dict[str, list[types.FunctionType]]) -> Iterator[types.FunctionType]:
    """Three functions of each module, from its first to its last."""
    for all_found in reached.values():
        found = [function for function in all_found if not inspect.isgeneratorfunction(function)]  # which runs later
        yield from found if len(found) <= 3 else (found[0], found[len(found) // 2], found[-1])


def _one(one: Watched, number: int) -> None:
    stream = number % 4 > 1
    if number % 2:
        one.call("POST", "/responses", ask(one.canary.text, stream=stream), seconds=2.6)
    else:
        one.call("POST", "/chat/completions", full(one, stream), seconds=2.6)


def choices() -> list[dict[str, str]]:
    """Each choice that a team has, out of the document's own fields."""
    found = []
    for field, (read, _) in FIELDS.items():
        for cell in getattr(read, "__closure__", None) or ():
            words = cell.cell_contents
            found += [{f"CLOISTER_{field.upper()}": word} for word in words if isinstance(words, tuple)]
    return found


@pytest.mark.parametrize("on_failure", ARCHIVE_FAILURES)
def test_the_archive_alone_may_hold_a_text_of_a_team_that_has_one(authority: Authority, on_failure: str) -> None:
    with watched(authority, CLOISTER_ARCHIVE=["an-archive", on_failure]) as one:
        one.here.mantle = plainly
        for taken in (b"200 OK", b"403 Forbidden"):
            one.here.objects = refusing(taken.decode(), b"")
            requests(one)
            one.next()
        assert one.leaks() == []
        put = [r for r in one.here.server.requests if r.method == "PUT"]
        assert put, "something was archived"
        assert {r.headers["host"] for r in put} == {f"an-archive.{S3}"}


def test_a_text_in_another_bucket_is_a_leak(authority: Authority) -> None:
    with watched(authority) as one:
        one.here.mantle = plainly
        one.here.objects = refusing("200 OK", b"")
        client, team = one.here.client, one.here.app._team
        elsewhere = Archive(client, "elsewhere", "record", team.region, Credentials("AKIDEXAMPLE", "secret", "token"))
        elsewhere.put("atlas/x.json", [one.canary.text.encode()], time.monotonic() + 5)
        one.call("POST", "/chat/completions", chat("Hi", max_tokens=9))
        assert one.leaks() != []


@pytest.mark.parametrize("choice", choices(), ids=lambda choice: "-".join([*choice, *choice.values()]))
def test_no_choice_of_a_teams_writes_a_text_down(authority: Authority, choice: dict[str, str]) -> None:
    with watched(authority, **choice) as one:
        one.here.mantle = plainly
        requests(one)
        one.call("POST", "/chat/completions", full(one, stream=False) | FORM | {"max_tokens": 9})
        one.here.mantle = giving(one.canary.text.encode())
        requests(one)
        assert one.leaks() == []
        assert len([line for line in one.lines() if line["record"] == "inference"]) == 5


def test_the_choices_are_those_of_the_settings() -> None:
    assert {"CLOISTER_INPUT": "overlap"} in choices()
    assert {"CLOISTER_HISTORY": "once"} in choices()
