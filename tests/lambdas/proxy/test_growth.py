"""Guarantees: whatever a body holds, the work on it grows as it does: lines of code, guardrail calls, characters shown.

Shapes are generated: every token that some reader looks for, again and again; many small things of each kind; keys,
schemas, nesting, masks. Each at three sizes, each twice the last. Seconds are not measured: lines that run are counted,
and, where a loop is the library's own, the bytes that it looks at.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from lambdas.proxy.core import catalogue
from lambdas.proxy.openai import chat, responses
from lambdas.proxy.release import masks
from lambdas.proxy.release.disguises import reach
from lambdas.proxy.release.outbox import Outbox
from lambdas.proxy.release.reading import HIDDEN
from lambdas.proxy.release.shown import Shown
from lambdas.proxy.release.verdict import Verdict
from lambdas.proxy.request import check, splice
from lambdas.proxy.request.splice import Body
from lambdas.proxy.request.texts import follows, put_all
from lambdas.proxy.services.guardrail import _batches

from .world import BIG, EMAIL, catalogue_json, message_item, response_answer, response_events

MODEL = catalogue.read(catalogue_json())[BIG]
SIZES = (250, 500, 1000)
#: What the work on twice as much may be at the most: twice, and what a block or a border more costs.
TWICE = 2.3
#: What some reader looks for, and what could be taken for the beginning of it.
TOKENS = [
    *(
        ";base64,",
        "data:image/png;base64,",
        "s3://b/",
        "\\",
        "\\u0041",
        "\\u",
        "\\ud83d",
        "\\\\u0041 ",
        "{",
        "}",
        "{EMAIL}",
    ),
    *(
        "a@b.com ",
        "a\u200bb ",
        "\u200b",
        "\u0430",
        "\u0436\u0430",
        "a\u0336",
        "\u0336",
        "\uff30 ",
        "\ufdfa",
        "\U000e0041",
    ),
    *(
        "a b ",
        "a.",
        "  ",
        "\n",
        "word\n",
        "\t",
        "\x1b[1m",
        "\x00",
        '"',
        "`",
        "```json\n",
        "<think>",
        "|",
        "x" * 40 + " ",
        *(
            "\u202e",
            "<|channel>",
            "<channel|>",
            "x\x08",
            "\x08",
            "o\u0301\u0336",
            " \u0336",
            "\u3164",
            "a-\n",
            "-\u00ad",
        ),
        *(
            "\x1b]8;;",
            "\x9b",
            "a:",
            "a - ",
            '"a",',
            "\\n",
            "\\f",
            "\ufffd",
            "\ue000",
            "j\ufe0f\u20e3",
            "a\u200bB\u200b",
        ),
    ),
]


def counted(work: Callable[[], Any]) -> tuple[int, Any]:
    """The lines of the proxy's that run, and what the work gives back."""
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if "lambdas" not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        made = work()
    finally:
        sys.settrace(before)
    return lines, made


def says(name: str, rest: list[int], least: int = 300) -> None:
    for less, more in pairwise(rest):
        assert more <= TWICE * less + least, f"{name}: {rest}"


def guarded(body: dict[str, Any]) -> tuple[int, int]:
    """Check a request, show its texts, mask them, put the masks back; return guardrail calls and characters shown."""
    parsed = check.parse(Body(json.dumps(body).encode()), 2**30)
    made = (responses if "input" in body else chat).prepare(parsed, MODEL, "default")
    shown = Shown([slot.text for slot in made.slots], follows(made.slots))
    texts = [block.text for block in shown.blocks]
    calls = len(list(_batches(texts)))
    found = [masked if (masked := EMAIL.sub("{EMAIL}", text)) != text else None for text in texts]
    verdict = Verdict(None, found, [("{EMAIL}", span) for text in texts for span in EMAIL.findall(text)])
    shown.fold(verdict)
    if verdict.blocked is None:
        put_all(made.slots, verdict.texts)
    return calls, sum(map(len, texts))


def talk(*messages: Any) -> dict[str, Any]:
    return {"model": BIG, "messages": list(messages)}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def tool(name: str, schema: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": name, "parameters": schema}}


def call(at: int, arguments: str) -> dict[str, Any]:
    return {"id": f"c{at}", "type": "function", "function": {"name": "f", "arguments": arguments}}


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "messages": lambda n: talk(*(user(str(at % 10)) for at in range(n))),
    "messages with addresses": lambda n: talk(*(user("a@b.com") for _ in range(n))),
    "messages with disguises": lambda n: talk(*(user("a\u200bb  c") for _ in range(n))),
    "parts": lambda n: talk(user([{"type": "text", "text": "ab"} for _ in range(n)])),
    "parts with addresses": lambda n: talk(user([{"type": "text", "text": text} for text in ("a@", "b.com") * n])),
    "parts with spaces": lambda n: talk(user([{"type": "text", "text": " ab "} for _ in range(n)])),
    "what the model said": lambda n: talk(*({"role": "assistant", "content": " a<channel|>b"} for _ in range(n))),
    "calls": lambda n: talk({"role": "assistant", "tool_calls": [call(at, '{"a":"\\u0041"}') for at in range(n)]}),
    "results": lambda n: talk(*({"role": "tool", "tool_call_id": "c", "content": "x\ny"} for _ in range(n))),
    "tools": lambda n: {**talk(user("x")), "tools": [tool(f"f{at}", {"const": at}) for at in range(n)]},
    "keys": lambda n: {**talk(user("x")), "tools": [tool("f", {"properties": {f"k{at}": {} for at in range(n)}})]},
    "entries": lambda n: {**talk(user("x")), "tools": [tool("f", {"enum": [f"a{at}@b.com" for at in range(n)]})]},
    "bounds": lambda n: {**talk(user("x")), "tools": [tool("f", {"enum": list(range(n))})]},
    "marks of clients": lambda n: talk({**user("x"), **{f"k{at}": at for at in range(n)}}),
    "items": lambda n: {"model": BIG, "input": [user("x") for _ in range(n)]},
    "outputs": lambda n: {
        "model": BIG,
        "input": [{"type": "function_call_output", "call_id": "c", "output": "y\\u0041"} for _ in range(n)],
    },
    **{f"text of {token!r}": lambda n, token=token: talk(user(token * n)) for token in TOKENS},  # type: ignore[misc]
    **{
        f"arguments of {token!r}": lambda n, token=token: talk(
            {"role": "assistant", "tool_calls": [call(0, '{"' + token * n)]}
        )  # type: ignore[misc]
        for token in TOKENS
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_request_costs_what_it_weighs(shape: str) -> None:
    lines, calls, characters = [], [], []
    for size in SIZES:
        ran, (asked, shown) = counted(lambda size=size: guarded(SHAPES[shape](size)))  # type: ignore[misc]
        lines.append(ran)
        calls.append(asked)
        characters.append(shown)
    says("lines", lines)
    says("characters", characters)
    says("calls", calls, 1)


def test_many_small_texts_take_the_calls_that_one_does() -> None:
    one, _ = guarded(talk(user("word " * 20_000)))
    many, shown = guarded(talk(*(user("word ") for _ in range(20_000))))
    assert one == 5
    assert many <= 2 * one, "what stands between them is as long as they are"
    assert shown < 200_000


class Looked(bytearray):
    """Counts the bytes that a search looks at."""

    looked = 0

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> int:
        at = super().find(sub, start)
        self.looked += (len(self) if at < 0 else at) - start
        return at


@pytest.mark.parametrize(
    "token", [";base64,", ';base64,"', ';base64,\\"', ";base64," + "A" * 100, ";base64,A" * 3 + '\\"']
)
def test_images_are_looked_for_once(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = splice.is_base64

    def looked_at(data: memoryview) -> bool:
        seen.append(len(data))
        return real(data)

    monkeypatch.setattr(splice, "is_base64", looked_at)
    work = []
    for size in (4_000, 8_000, 16_000):
        event = Looked(token.encode() * size)
        seen.clear()
        splice.cut(event)
        work.append(event.looked + sum(seen))
        assert work[-1] <= 4 * len(event)
    says("bytes", work)


def test_masks_are_put_back_in_one_pass() -> None:
    lines = []
    for size in SIZES:
        window = "".join(f"{chr(97 + at % 26) * (1 + at % 9)}@b.com " for at in range(size))
        spans = re.findall(r"[a-z]+@b\.com", window)
        masked = re.sub(r"[a-z]+@b\.com", "{EMAIL}", window)
        matches = [("{EMAIL}", span) for span in spans]
        ran, pieces = counted(lambda: masks.align(window, masked, matches))  # noqa: B023
        assert len(pieces) == size + 1
        lines.append(ran)
    says("lines", lines)


@pytest.mark.parametrize("token", ["word ", "a@b.com ", "a\u200b", "\\u0041", "a  "])
def test_a_stream_costs_what_it_weighs(token: str) -> None:
    def relay(size: int) -> int:
        out, shown, now = Outbox(delay=1.0), 0, 0.0
        channel = out.open(str.encode)

        def look() -> None:
            nonlocal shown
            windows = out.due(now)
            if windows:
                both = Shown(windows)
                texts = [block.text for block in both.blocks]
                shown += sum(map(len, texts))
                spans = [("{EMAIL}", span) for text in texts for span in EMAIL.findall(text)]
                verdict = Verdict(None, [EMAIL.sub("{EMAIL}", text) for text in texts], spans)
                both.fold(verdict)
                out.settle(verdict)
                out.take()

        for at in range(size):
            channel.feed(token)
            now += 0.01
            if at % 20 == 0:
                look()
        channel.close()
        for _ in range(size):
            look()
            if out.empty:
                break
        assert out.empty
        return shown

    found = [counted(lambda size=size: relay(size)) for size in (1000, 2000, 4000)]  # type: ignore[misc]
    says("lines", [lines for lines, _ in found], 2000)
    says("characters", [shown for _, shown in found], 2000)


CALLED = {"type": "function_call", "id": "i", "call_id": "c", "name": "f", "arguments": "{}"}
#: Answers of many small things, under one id or each under its own.
ANSWERS: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "messages": lambda n: [{**message_item("x"), "id": f"m{at}"} for at in range(n)],
    "messages of one id": lambda n: [message_item("x")] * n,
    "parts": lambda n: [{**message_item(""), "content": message_item("ab ")["content"] * n}],
    "calls": lambda n: [{**CALLED, "id": f"i{at}", "call_id": f"c{at}"} for at in range(n)],
    "calls of one id": lambda n: [CALLED] * n,
}


@pytest.mark.parametrize("shape", ANSWERS)
def test_an_answer_costs_what_it_weighs(shape: str) -> None:
    def whole(output: list[dict[str, Any]]) -> None:
        made = responses.Whole(response_answer(*output), responses.prepare({"input": "x"}, MODEL, "default"))
        Shown([slot.text for slot in made.slots], follows(made.slots))

    def stream(output: list[dict[str, Any]]) -> int:
        out, asked = Outbox(), 0
        taken = responses.Events(responses.prepare({"input": "x", "stream": True}, MODEL, "default"), out)
        for event in response_events(*output):
            taken.take(event.partition(b"data: ")[2].strip())
            out.take()
        taken.end()
        while shown := out.due(0.0):
            out.settle(Verdict(None, [None] * len(shown)))
            out.take()
            asked += 1
        assert out.empty
        return asked

    sizes = [ANSWERS[shape](size) for size in SIZES]
    says("whole", [counted(lambda output=output: whole(output))[0] for output in sizes])  # type: ignore[misc]
    found = [counted(lambda output=output: stream(output)) for output in sizes]  # type: ignore[misc]
    says("stream", [lines for lines, _ in found])
    assert max(asked for _, asked in found) <= 2, "many small texts are shown together"


def test_what_nobody_sees_does_not_hold_a_stream_back_for_ever() -> None:
    assert reach("\u200b" * 100_000, 128) == 128 * HIDDEN
