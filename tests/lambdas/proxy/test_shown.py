r"""Guarantees: the guardrail is shown what a text reads: escapes resolved, disguises undone, parts put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.proxy.core.jsontext import Json
from lambdas.proxy.release.disguises import forms, reach
from lambdas.proxy.release.shown import Shown
from lambdas.proxy.release.verdict import Verdict
from lambdas.proxy.release.windows import Windows

from .support.authority import Authority
from .world import (
    BIG,
    EMAIL,
    FORBIDDEN,
    World,
    answering,
    ask,
    chat,
    chat_answer,
    chat_events,
    message_item,
    response_answer,
    response_events,
    streaming,
    world,
)

BOLD = "".join(chr(0x1D400 + ord(letter) - ord("A")) if letter.isupper() else letter for letter in FORBIDDEN)
DISGUISES = {
    "full width": FORBIDDEN.replace("P", "\uff30"),
    "mathematical": BOLD,
    "circled": FORBIDDEN.replace("N", "\u24c3"),
    "squared": FORBIDDEN.replace("P", "\U0001f17f"),
    "Cyrillic": FORBIDDEN.replace("o", "\u043e").replace("e", "\u0435"),
    "Greek": FORBIDDEN.replace("N", "\u039d"),
    "no width": "\u200b".join(FORBIDDEN),
    "much without width": (40 * "\u200b").join(FORBIDDEN),
    "soft hyphen": FORBIDDEN.replace("j", "\u00adj"),
    "joiner in place of the space": FORBIDDEN.replace(" ", "\u200b"),
    "right to left": FORBIDDEN.replace("N", "\u202eN"),
    "variation": FORBIDDEN.replace("t", "t\ufe0f"),
    "mark": FORBIDDEN.replace("r", "r\u0336"),
    "tags": "".join(chr(0xE0000 + ord(letter)) for letter in FORBIDDEN),
    "tags between": FORBIDDEN.replace("j", "\U000e0041j"),
    "control": FORBIDDEN.replace("g", "\x08g"),
    "colour": FORBIDDEN.replace("g", "\x1b[1;31mg"),
    "two spaces": FORBIDDEN.replace(" ", "  "),
    "tab": FORBIDDEN.replace(" ", "\t"),
    "line": FORBIDDEN.replace(" ", "\n    "),
    "no break": FORBIDDEN.replace(" ", "\u00a0"),
    "thin": FORBIDDEN.replace(" ", "\u2009"),
    "filler": FORBIDDEN.replace(" ", "\u3164"),
    "apart": " ".join("Project") + "  " + " ".join("Nightjar"),
    "dots": ".".join("Project") + "  " + ".".join("Nightjar"),
    "apart, each once": " ".join("ProjectNightjar"),
    "apart by middle dots": "\u00b7".join("Project") + "  " + "\u00b7".join("Nightjar"),
    "apart by no-break spaces": FORBIDDEN.replace("Nightjar", "\u00a0".join("Nightjar")),
    "apart by lines": FORBIDDEN.replace("Nightjar", "\r\n".join("Nightjar")),
    "a hyphen and a line": FORBIDDEN.replace("j", "-\nj"),
    "in brackets": FORBIDDEN.replace("g", "\u24a2"),
    "an enclosing mark": FORBIDDEN.replace("g", "g\u20dd"),
    "a tag that begins": FORBIDDEN.replace("j", "\U000e0001j"),
    "without a dot": FORBIDDEN.replace("i", "\u0131"),
    "Lisu": FORBIDDEN.replace("P", "\ua4d1").replace("N", "\ua4e0"),
    "hexadecimal escape": FORBIDDEN.replace("P", "\\x50"),
    "escape in braces": FORBIDDEN.replace("P", "\\u{50}"),
    "long escape": FORBIDDEN.replace("P", "\\U00000050"),
    "in brackets, a capital": FORBIDDEN.replace("P", "\U0001f11f"),
    "Cherokee, small": FORBIDDEN.replace("c", "\uabaf").replace("i", "\uab75"),
    "Canadian syllabics": FORBIDDEN.replace("P", "\u146d"),
    "Deseret": FORBIDDEN.replace("o", "\U0001042c").replace("c", "\U0001043d"),
    "struck out, spaces too": "\u0336".join(FORBIDDEN) + "\u0336",
    "marks on marks": FORBIDDEN.replace("o", "o\u0301\u0336"),
    "every letter with an acute": "".join(f"{letter}\u0301" if letter.isalpha() else letter for letter in FORBIDDEN),
    "keycaps": FORBIDDEN.replace("j", "j\ufe0f\u20e3"),
    "filler in a word": FORBIDDEN.replace("j", "\u3164j"),
    "blank of Braille in a word": FORBIDDEN.replace("j", "\u2800j"),
    "next line in a word": FORBIDDEN.replace("j", "\x85j"),
    "object replacement": FORBIDDEN.replace("j", "\ufffcj"),
    "what could not be read": FORBIDDEN.replace("j", "\ufffdj"),
    "private use": FORBIDDEN.replace("j", "\ue000j"),
    "no character": FORBIDDEN.replace("j", "\ufdd0j"),
    "no width in the word and between words": FORBIDDEN.replace("j", "\u200bj").replace(" ", "\u200b"),
    "drawn from right to left": f"\u202e{FORBIDDEN[::-1]}\u202c",
    "struck twice": "".join(f"{letter}\x08{letter}" for letter in FORBIDDEN),
    "a colour by one control": FORBIDDEN.replace("g", "\x9b1mg"),
    "a link of a terminal": FORBIDDEN.replace("g", "\x1b]8;;http://a.b\x1b\\g"),
    "apart by dashes": " - ".join("Project") + "  " + " - ".join("Nightjar"),
    "apart by colons": ":".join("Project") + "  " + ":".join("Nightjar"),
    "apart, as an array": '","'.join("Project") + "  " + '","'.join("Nightjar"),
    "a hyphen, a space and a line": FORBIDDEN.replace("j", "- \nj"),
    "a hyphen and an empty line": FORBIDDEN.replace("j", "-\n\nj"),
    "a soft hyphen and a line": FORBIDDEN.replace("j", "\u00ad\nj"),
    "a hyphen that does not break": FORBIDDEN.replace("j", "\u2011\u2028j"),
    "a line that goes on": FORBIDDEN.replace("j", "\\\nj"),
    "a thought within": FORBIDDEN.replace("j", "<|channel>thought\nno<channel|>j"),
    "an end of a thought within": FORBIDDEN.replace("j", "<channel|>j"),
    "octal escape": FORBIDDEN.replace("P", "\\120"),
    "no letter's number": FORBIDDEN.replace("P", "\\u{ffffff} \\x50"),
    "escape": FORBIDDEN.replace("P", "\\u0050"),
    "escape of an escape": FORBIDDEN.replace("P", "\\\\u0050"),
    "escaped no width": FORBIDDEN.replace("j", "\\u200bj"),
}
ORDINARY = (
    "Write to Gr\u00f6\u00dfe & S"
    "\u00f8n: \u201cdas ist \u00fcblic"
    "h\u201d \u2026 \u20ac 5, \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467"
    ".",
    "\u041f\u0440\u0438\u0432\u0435\u0442! \u041a\u0430\u043a \u0434\u0435\u043b\u0430? "
    "\u0420\u043e\u0441\u0442 \u0446\u0435\u043d.",
    "\u03a4\u03b9 \u03ba\u03ac\u03bd\u03b5\u03b9\u03c2 \u03c3\u03ae\u03bc\u03b5\u03c1\u03b1;",
    "\u65e5\u672c\u8a9e\uff0c\u6d4b\u8bd5\u3002\uff08\u5168\u89d2\uff09\uff1a\u597d\uff01",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0645\u0631\u062d\u0628\u0627",
    "One line.\n\nAnother one.\n- an item\n- another;\n{\n    return;\n}",
    "A\u011f\u0131r a\u011f\u0131r kap\u0131y\u0131 a\u00e7t\u0131.",
    "a path C:\\users\\new, a formula $\\frac{1}{2}$",
)


@pytest.fixture(scope="module")
def here(authority: Authority) -> Iterator[World]:
    with world(authority) as made:
        yield made


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("text", DISGUISES.values(), ids=DISGUISES)
def test_a_disguise_hides_nothing_in_or_out(here: World, text: str) -> None:
    said = f"So much of it: {text}, and no more of that. {'Words that follow. ' * 20}"
    assert FORBIDDEN not in said
    here.mantle = answering(chat_answer())
    assert here.call("/chat/completions", chat(said)).error["code"] == "content_filter"
    here.mantle = answering(response_answer(message_item(said)))
    assert here.call("/responses", ask()).json["status"] == "incomplete"
    for size in (1000, 7):
        here.mantle = streaming(*chat_events(cut(said, size)))
        reply = here.call("/chat/completions", chat(stream=True))
        assert reply.events[-1]["choices"][0]["finish_reason"] == "content_filter"
        assert said[: said.index(text) + 1].startswith(reply.text) or reply.text == "The guardrail says no."
        assert here.record["guardrail"]["output"] == "blocked"


@pytest.mark.parametrize("disguise", ["much without width", "no width", "two spaces", "full width", "escape", "tags"])
def test_no_window_lets_a_part_of_a_disguised_word_go(disguise: str) -> None:
    before = "What was said before it. " * 20
    text = f"{before}{DISGUISES[disguise]}, and what comes after. {'More of it. ' * 40}"
    windows, released = Windows(delay=0.0, reach=reach), ""
    for at in range(0, len(text), 3):
        windows.feed(text[at : at + 3])
        window = windows.due(float(at))
        if window is None:
            continue
        if any(FORBIDDEN in block.text for block in Shown([window]).blocks):
            break
        released += windows.settle(None)
    else:
        pytest.fail("it was never found")
    assert released
    assert before.startswith(released)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_people_write_in_their_languages_is_shown_once(text: str) -> None:
    assert [view.text for view in forms(text)] == []
    assert 5 <= reach(text, 5) <= 10


def test_a_disguised_address_is_masked_where_it_stands(here: World) -> None:
    here.call("/chat/completions", chat("Write to a\uff20b.com, then to c@d.com,  and e\u200b@f.com now."))
    assert here.prompts[-1]["messages"][0]["content"] == "Write to {EMAIL}, then to {EMAIL},  and {EMAIL} now."
    said = "Write to a\uff20b.com, and c@d.com or e\u200b@f.com now. " * 9
    here.mantle = streaming(*chat_events(cut(said, 5)))
    reply = here.call("/chat/completions", chat(stream=True))
    assert reply.text == "Write to {EMAIL}, and {EMAIL} or {EMAIL} now. " * 9


def test_a_team_may_do_without(authority: Authority) -> None:
    with world(authority, CLOISTER_DISGUISES=False) as here:
        assert here.call("/chat/completions", chat(DISGUISES["two spaces"])).status == 200
        assert [len(check["content"]) for check in here.checks] == [1, 1]
        here.mantle = answering(chat_answer(None, tool_calls=[called(FULL[:-1])]))
        assert here.call("/chat/completions", chat()).json["choices"][0]["finish_reason"] == "content_filter"


def called(arguments: str) -> dict[str, Any]:
    return {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}


FULL = json.dumps({"a": DISGUISES["escape"]}).replace("\\\\", "\\")
STATES = {
    "complete": FULL,
    "cut": FULL[:-2],
    "trailing comma": FULL[:-1] + ",}",
    "no number": FULL[:-1] + ',"b":NaN}',
    "in JSON": json.dumps({"a": FULL}),
    "in JSON in JSON": json.dumps({"a": json.dumps({"b": FULL})}),
    "an escaped backslash": '{"a":"\\u005cu0050roject Nightjar"}',
    "a tab": '{"a":"Project\\tNightjar"',
    "half a surrogate pair": '{"a":"Project Night\\ud800jar"}',
    "the other half": '{"a":"Project Nigh\\udc00tjar","b":',
    "a page": '{"a":"Project\\fNightjar"}',
    "a slash": '{"a":"Project\\u002f Nightjar Project\\/Nightjar Project Nigh\\u0074jar"',
}


@pytest.mark.parametrize("arguments", STATES.values(), ids=STATES)
def test_escapes_are_resolved_in_every_state_of_json(here: World, arguments: str) -> None:
    body = chat()
    body["messages"].append({"role": "assistant", "tool_calls": [called(arguments)]})
    assert here.call("/chat/completions", body).error["code"] == "content_filter"
    here.mantle = answering(chat_answer(None, tool_calls=[called(arguments)]))
    assert here.call("/chat/completions", chat()).json["choices"][0]["finish_reason"] == "content_filter"
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    answer = chat_answer(arguments)
    answer["choices"][0]["finish_reason"] = "length"
    here.mantle = answering(answer)
    reply = here.call("/chat/completions", chat(response_format=form))
    assert reply.json["choices"][0]["finish_reason"] == "content_filter"
    here.mantle = streaming(*chat_events(cut(arguments, 3), finish="length"))
    reply = here.call("/chat/completions", chat(response_format=form, stream=True))
    assert reply.events[-1]["choices"][0]["finish_reason"] == "content_filter"


HALVES = (
    ("Tell me of Project ", "Nightjar"),
    ("Project Night", "jar"),
    ("Project", " ", "Night", "jar"),
    ("Project", "Nightjar"),
    ("Project Night \n", "\n jar"),
    ("Pro", "ject Ni", "", "ghtjar"),
    ("Projec\u200b", "\u200bt Night", "\uff4aar"),
)


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


def texts(kind: str, parts: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"type": kind, "text": part} for part in parts]


@pytest.mark.parametrize("parts", HALVES)
def test_parts_are_judged_as_the_model_reads_them(here: World, parts: tuple[str, ...]) -> None:
    call = {"role": "assistant", "tool_calls": [called("{}")]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "y"}
    history: list[list[dict[str, Any]]] = [
        [{"role": role, "content": texts("text", parts)}] for role in ("system", "user", "assistant")
    ]
    history.append([call, {"role": "tool", "tool_call_id": "c1", "content": texts("text", parts)}])
    for messages in history:
        reply = here.call("/chat/completions", {"model": BIG, "messages": [*messages, chat()["messages"][0]]})
        assert (reply.status, reply.error["code"]) == (400, "content_filter"), messages
        assert reply.error["param"].startswith(f"messages[{len(messages) - 1}].content")
    said: list[dict[str, Any]] = [{"role": "assistant", "content": part} for part in parts if part.strip()]
    for messages in (said, [{**call, **said[0]}, result, *said[1:]]):
        reply = here.call("/chat/completions", {"model": BIG, "messages": [*messages, chat()["messages"][0]]})
        if parts != ("Project", "Nightjar") and parts[1] != " ":  # a template puts nothing between
            assert (reply.status, reply.error["code"]) == (400, "content_filter"), messages
            assert reply.error["param"] == "messages[0].content"
    items: list[dict[str, Any]] = [{"role": "user", "content": texts("input_text", parts)}]
    items.append({"type": "function_call_output", "call_id": "c1", "output": texts("input_text", parts)})
    for item in items:
        assert here.call("/responses", {"model": BIG, "input": [item]}).error["code"] == "content_filter"


def spoken(*parts: str) -> dict[str, Any]:
    item = message_item("")
    return {**item, "content": [{"type": "output_text", "text": part, "annotations": []} for part in parts]}


def test_what_the_model_said_is_judged_as_its_template_puts_it_together(here: World) -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c1", "output": "y"}
    one, other = ({"role": "assistant", "content": text} for text in ("So, Project Night\n", " jar"))
    here.mantle = answering(response_answer(message_item("Hi")))
    for items in ([one, other], [one, call, result, other]):
        reply = here.call("/responses", {"model": BIG, "input": [user("x"), *items]})
        assert (reply.status, reply.error["param"]) == (400, "input[1].content")
    assert here.call("/responses", {"model": BIG, "input": [one, user("x"), other]}).status == 200, "a turn between"
    thought = {"role": "assistant", "content": texts("text", ("Project Night<|channel>that is", "jar"))}
    reply = here.call("/chat/completions", {"model": BIG, "messages": [thought, user("x")]})
    assert reply.error["code"] == "content_filter"


def test_a_refusal_goes_on_with_the_text(here: World) -> None:
    message = {"role": "assistant", "content": "Project Night", "refusal": "jar"}
    reply = here.call("/chat/completions", {"model": BIG, "messages": [message, user("x")]})
    assert reply.error["code"] == "content_filter"
    here.mantle = answering(chat_answer("Project Night", refusal="jar"))
    assert here.call("/chat/completions", chat()).json["choices"][0]["finish_reason"] == "content_filter"
    item = spoken("Project Night")
    item["content"].append({"type": "refusal", "refusal": "jar"})
    here.mantle = answering(response_answer(item))
    assert here.call("/responses", ask()).json["status"] == "incomplete"


@pytest.mark.parametrize("parts", HALVES)
def test_parts_of_an_answer_are_judged_as_clients_put_them_together(here: World, parts: tuple[str, ...]) -> None:
    if parts in (("Project", "Nightjar"), ("Project Night \n", "\n jar")):
        parts = ("Project Night", "jar")  # clients put them together as they are
    items = [{**spoken(part), "id": f"m{at}"} for at, part in enumerate(parts)]
    for output in ([spoken(*parts)], items):
        here.mantle = answering(response_answer(*output))
        assert here.call("/responses", ask()).json["status"] == "incomplete"
        here.mantle = streaming(*response_events(*output))
        reply = here.call("/responses", ask(stream=True))
        assert reply.events[-1]["type"] == "response.incomplete"
        assert b"Night" not in reply.body


def test_an_address_over_two_parts_is_masked_once(here: World) -> None:
    asked = {"model": BIG, "messages": [{"role": "user", "content": texts("text", ("Ask a@", "b.com."))}]}
    here.call("/chat/completions", asked)
    assert [part["text"] for part in here.prompts[-1]["messages"][0]["content"]] == ["Ask {EMAIL}", "."]
    call = {"role": "assistant", "content": "Ask a@b\n", "tool_calls": [called("{}")]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "y"}
    messages = [call, result, {"role": "assistant", "content": ".com now"}, user("x")]
    here.mantle = answering(chat_answer())
    here.call("/chat/completions", {"model": BIG, "messages": messages})
    assert [message["content"] for message in here.prompts[-1]["messages"]] == ["Ask {EMAIL}", "y", " now", "x"]
    clean = spoken("One part, ", "and another ", "one.")
    here.mantle = streaming(*response_events(clean))
    reply = here.call("/responses", ask(stream=True))
    final = reply.events[-1]
    assert final["type"] == "response.completed"
    said = [part["text"] for part in final["response"]["output"][0]["content"]]
    assert said == ["One part, ", "and another ", "one."]
    deltas = [event["delta"] for event in reply.events if event["type"] == "response.output_text.delta"]
    assert "".join(deltas) == "One part, and another one."


def masked(text: str) -> str:
    return EMAIL.sub("{EMAIL}", text)


def test_very_many_texts_are_shown_together_and_masked_each_in_its_place() -> None:
    texts = [f"{at} a@b.com" if at % 7 == 0 else str(at) for at in range(1000)]
    shown = Shown(texts)
    assert len(shown.blocks) < 40
    found: list[str | None] = [masked(block.text) for block in shown.blocks]
    verdict = Verdict(None, found, [("{EMAIL}", "a@b.com")])
    assert shown.fold(verdict) == []
    assert [new or old for new, old in zip(verdict.texts, texts, strict=True)] == [masked(text) for text in texts]
    # Of a guardrail that does not say what it masked, the texts are shown alone instead of being guessed.
    verdict = Verdict(None, found)
    alone = shown.fold(verdict)
    assert {at for at in range(1000) if at % 7 == 0} <= set(alone) | {at for at in range(1000) if verdict.texts[at]}


def test_a_mask_of_what_only_reads_as_an_address_is_not_lost_among_many_texts() -> None:
    many = [*map(str, range(100))]
    for texts, follows in (([*many, "a\uff20b.com"], []), ([*many, "a@", "b.com"], [*[-1] * 101, 100])):
        shown = Shown(texts, follows)
        verdict = Verdict(None, [*[None] * (len(shown.blocks) - 1), "{EMAIL}, and it cannot be told of what"])
        assert shown.fold(verdict) == []
        assert verdict.blocked is not None


def test_a_json_text_reads_its_escapes() -> None:
    assert [view.text for view in forms(Json('{"a":"x\\ny \\/ \\u0041"'), disguises=False)] == ['{"a":"x y / A"']


@pytest.mark.parametrize(
    "arguments",
    [
        "{'a': '\\x50roject Nightjar'}",
        '{"a": "Project Night\\\njar"}',
        '{"a": "Project \\Nightjar"}',
        '{"a": "Project\\nNightjar"}',
    ],
)
def test_json_as_lenient_readers_take_it_hides_nothing(here: World, arguments: str) -> None:
    here.mantle = answering(chat_answer(None, tool_calls=[called(arguments)]))
    assert here.call("/chat/completions", chat()).json["choices"][0]["finish_reason"] == "content_filter"
    here.mantle = answering(chat_answer())
    result = {"role": "tool", "tool_call_id": "c1", "content": arguments}
    turn = [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [called("{}")]}, result]
    assert here.call("/chat/completions", {"model": BIG, "messages": turn}).error["code"] == "content_filter"


@pytest.mark.parametrize("place", ["description", "const", "enum", "default"])
def test_a_line_break_in_a_schema_hides_nothing(here: World, place: str) -> None:
    text = FORBIDDEN.replace(" ", "\n")
    found = {"type": "object", "properties": {"a": {place: [text] if place == "enum" else text}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": found}}
    assert here.call("/chat/completions", chat(tools=[tool])).error["code"] == "content_filter"
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": found}}
    assert here.call("/chat/completions", chat(response_format=form)).error["code"] == "content_filter"
