"""The test of the test: a leak of each kind, in each form, is found; and where nothing leaks, nothing is."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from lambdas.proxy import routes
from lambdas.proxy.audit.log import log
from lambdas.proxy.audit.record import Record
from lambdas.proxy.ledger import costs, protocol
from lambdas.proxy.runtime import loop
from lambdas.proxy.services.call import Service
from tests.canary import FORMS, HASHES, Finder, made

from ..support.authority import Authority
from ..world import chat
from .test_answers import plainly
from .watch import CANARIES, Watched, watched

CANARY = made("seeded")
NOISE = b'{"record":"inference","hash":"' + hashlib.sha256(b"noise").hexdigest().encode() + b'"}\n'


def _base64(text: str, offset: int) -> bytes:
    return base64.b64encode(b"x" * offset + text.encode())


LEAKS: dict[str, Callable[[str], bytes]] = {
    **FORMS,
    **{f"base64 at {offset}": lambda text, offset=offset: _base64(text, offset) for offset in range(3)},  # type: ignore[misc]
    **{
        f"base64url at {offset}": lambda text, offset=offset: (  # type: ignore[misc]
            _base64(text, offset).translate(bytes.maketrans(b"+/", b"-_")).rstrip(b"=")
        )
        for offset in range(3)
    },
    "base64 in JSON": lambda text: base64.b64encode(text.encode()).replace(b"/", b"\\/"),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
    **{name: lambda text, hash=hash: hash(text.encode()).hex().encode() for name, hash in HASHES.items()},  # type: ignore[misc]
    **{
        f"{name} in base64": lambda text, hash=hash: base64.b64encode(hash(text.encode()))  # type: ignore[misc]
        for name, hash in HASHES.items()
    },
    **{
        f"{name}, its first eight": lambda text, hash=hash: b"id_" + hash(text.encode()).hex()[:8].encode() + b" "  # type: ignore[misc]
        for name, hash in HASHES.items()
    },
    **{
        f"{name}, a part": lambda text, hash=hash: hash(text.encode()).hex()[:24].encode()  # type: ignore[misc]
        for name, hash in HASHES.items()
    },
}


@pytest.mark.parametrize("form", LEAKS)
@pytest.mark.parametrize("text", [CANARY.word, CANARY.text], ids=["word", "text"])
def test_each_form_is_found(form: str, text: str) -> None:
    finder = Finder()
    finder.add("seeded", text)
    leak = LEAKS[form](text)
    assert [found.label for found in finder.search(NOISE + leak + NOISE, "log")][:1] == ["seeded"]
    assert list(finder.search(NOISE * 3, "log")) == []


@pytest.mark.parametrize("form", FORMS)
def test_any_eight_characters_are_enough(form: str) -> None:
    finder = Finder()
    finder.add("seeded", CANARY.text)
    for at in range(len(CANARY.text) - 7):
        leak = FORMS[form](CANARY.text[at : at + 8])
        assert list(finder.search(NOISE + leak + NOISE, "log")), at


@pytest.mark.parametrize("form", [form for form in LEAKS if form.startswith("base64")])
def test_any_eight_characters_of_base64_are_enough(form: str) -> None:
    finder = Finder()
    finder.add("seeded", CANARY.text)
    whole = LEAKS[form](CANARY.text).rstrip(b"=")[4:-4]  # the first and the last depend on what stands beside
    for at in range(len(whole) - 7):
        if b"/" not in whole[at : at + 8]:
            assert list(finder.search(b" " + whole[at : at + 8] + b" ", "log")), at


def test_seven_characters_are_nobodys() -> None:
    finder = Finder()
    finder.add("seeded", CANARY.word)
    assert list(finder.search(b"-" + CANARY.word[3:10].encode() + b"-", "log")) == []
    assert list(finder.search(b"-" + CANARY.word[3:11].encode() + b"-", "log"))


def test_a_hash_in_the_middle_of_another_number_is_that_numbers() -> None:
    finder = Finder()
    finder.add("seeded", CANARY.word)
    eight = hashlib.sha256(CANARY.word.encode()).hexdigest()[:8].encode()
    assert list(finder.search(b"ab" + eight, "log")) == []
    assert list(finder.search(eight + b"0f1e2d3c4b", "log")) == []
    assert list(finder.search(b'"' + eight + b'"', "log"))


def test_what_is_searched_is_looked_at_once() -> None:
    """Doubling what is looked for, or where, is no more than doubling."""
    finder = Finder()
    for number in range(8):
        finder.add(str(number), made(str(number)).word)
    assert list(finder.search(NOISE * 1000, "log")) == []
    assert finder.looked == len(NOISE) * 1000


def test_no_canary_has_a_word_of_ours() -> None:
    finder = Finder()
    for number, canary in enumerate(CANARIES):
        finder.add(str(number), canary.word)
        finder.add(str(number), canary.text)
    sources = Path(routes.__file__).parent.rglob("*.py")
    assert list(finder.search(b"".join(path.read_bytes() for path in sources), "sources")) == []


# Leaks of the function, seeded in its own code: (where, what does it, where it is found)


def _record(one: Watched, patch: pytest.MonkeyPatch) -> None:
    line = Record.line
    patch.setattr(Record, "line", lambda self: line(self)[:-1] + f',"prompt":{json.dumps(one.canary.text)}}}')


def _metric(one: Watched, patch: pytest.MonkeyPatch) -> None:
    line = Record.line
    patch.setattr(Record, "line", lambda self: line(self).replace('"Requests"', f'"{one.canary.word[:8]}"'))


def _hashed_id(one: Watched, patch: pytest.MonkeyPatch) -> None:
    line = Record.line

    def leak(self: Record) -> str:
        hash = hashlib.sha256(one.canary.text.encode()).hexdigest()[:16]
        return line(self)[:-1] + f',"prompt_id":"{hash}"}}'

    patch.setattr(Record, "line", leak)


def _began(one: Watched, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Record, "began", lambda _: log.say("began", {"what": quote(one.canary.text)}))


def _log_line(one: Watched, patch: pytest.MonkeyPatch) -> None:
    find = routes.find

    def leak(*arguments: Any) -> Any:
        print(html.escape(one.canary.text))  # noqa: T201  # which nothing may do
        return find(*arguments)

    patch.setattr(routes, "find", leak)


def _exception(one: Watched, patch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError(one.canary.text)

    patch.setattr(costs, "actual", fail)
    patch.setattr(loop, "report", lambda during, error, *_, **__: log.say("crash", {"reason": str(error)}))


def _temporary_file(one: Watched, patch: pytest.MonkeyPatch) -> None:
    find = routes.find

    def leak(*arguments: Any) -> Any:
        with tempfile.NamedTemporaryFile(prefix=one.canary.word) as file:
            file.write(b"x")
        return find(*arguments)

    patch.setattr(routes, "find", leak)


def _environment(one: Watched, patch: pytest.MonkeyPatch) -> None:
    find = routes.find

    def leak(*arguments: Any) -> Any:
        os.environ["CLOISTER_LAST"] = one.canary.word[::-1]
        return find(*arguments)

    patch.setenv("CLOISTER_LAST", "")
    patch.setattr(routes, "find", leak)


def _attribute(one: Watched, patch: pytest.MonkeyPatch) -> None:
    reserve = protocol.reserve

    def leak(table: str, key: str, *rest: Any) -> bytes:
        return reserve(table, json.dumps(json.loads(key) + one.canary.word), *rest)

    patch.setattr(protocol, "reserve", leak)


def _header(one: Watched, patch: pytest.MonkeyPatch) -> None:
    send = Service.send

    def leak(self: Any, method: str, host: str, path: str, headers: Any, *rest: Any, **more: Any) -> Any:
        digest = base64.b64encode(one.canary.word.encode()).decode()
        return send(self, method, host, path, [*headers, ("x-title", digest)], *rest, **more)

    patch.setattr(Service, "send", leak)


def _path(one: Watched, patch: pytest.MonkeyPatch) -> None:
    send = Service.send

    def leak(self: Any, method: str, host: str, path: str, *rest: Any, **more: Any) -> Any:
        return send(self, method, host, f"{path}?{one.canary.word.encode().hex()}", *rest, **more)

    patch.setattr(Service, "send", leak)


def _next_answer(one: Watched, patch: pytest.MonkeyPatch) -> None:
    kept: list[str] = ["x"]
    find = routes.find

    def leak(*arguments: Any) -> Any:
        one.here.app._team.name = kept[-1]  # which GET /health answers with
        kept.append(one.canary.word)
        return find(*arguments)

    patch.setattr(routes, "find", leak)
    patch.setattr(one.here.app._team, "name", one.here.app._team.name)


SEEDED: dict[Callable[[Watched, pytest.MonkeyPatch], None], str] = {
    _record: "log",
    _metric: "log",
    _hashed_id: "log",
    _began: "log",
    _log_line: "log",
    _exception: "log",
    _temporary_file: "files",
    _environment: "environment",
    _attribute: "table",
    _header: "heads",
    _path: "heads",
    _next_answer: "answers of turn",
}


@pytest.mark.parametrize("seed", [None, *SEEDED], ids=lambda seed: seed.__name__ if seed else "none")
def test_each_kind_of_leak_is_found(
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    seed: Callable[[Watched, pytest.MonkeyPatch], None] | None,
) -> None:
    with watched(authority) as one:
        one.here.mantle = plainly
        if seed is not None:
            seed(one, monkeypatch)
        for _ in range(2):
            one.next()
            one.call("POST", "/chat/completions", chat(one.canary.text, user=one.canary.word, max_tokens=9))
        one.next()
        one.call("GET", "/health")
        found = {each.place for each in one.leaks()}
        assert any(place.startswith(SEEDED[seed]) for place in found) if seed else not found
