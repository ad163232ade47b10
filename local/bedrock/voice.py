"""The deterministic model: it does what the last message says, word for word, so that a test knows the answer.

=====================  ======================================================================================
the last message       the answer
=====================  ======================================================================================
`say: hello`           `hello`, exactly
`decode: a%40b`        `a@b`: an answer with something in it that the prompt has not
`count: 12`            `n1 n2 n3 … n12` (bare numbers in a row would look like a credit card's)
`call: name {"a": 1}`  a call of the tool `name` with these arguments (when the caller offers that tool)
names a tool           a call of it, with the smallest arguments that its schema allows
a tool's result        `The tool answered: …`
anything else          a sentence that names the model and counts the images
=====================  ======================================================================================

With a JSON Schema the answer is the smallest value that satisfies it. With `json_object` it is what was to be said, if
that is an object, else an object with that text in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import unquote

from local.bedrock.ask import TOKEN, Ask, Call, End, Piece, Reasoning, Text, count, images, input_tokens, texts
from local.bedrock.schema import instance

_SAY = re.compile(r"say:[ ]?(.*)", re.DOTALL)
_DECODE = re.compile(r"decode:[ ]?(.*)", re.DOTALL)
_COUNT = re.compile(r"count: *([0-9]{1,5})")
_CALL = re.compile(r"call: *([A-Za-z0-9_-]+) *(\{.*\})?", re.DOTALL)
REASONING = "The message says what to answer."


async def speak(ask: Ask) -> AsyncIterator[Piece]:
    """Answer, piece by piece."""
    used = 0
    if ask.effort == "high":
        # Only `high` has been seen to yield a reasoning item; its tokens are not counted as such (reported usage
        # was 0), but they are output tokens all the same.
        for piece in TOKEN.findall(REASONING):
            used += 1
            yield Reasoning(piece)
    call = None if any(_has(tool, "propertyNames") for tool in ask.tools) else _call(ask)
    if call is not None:
        yield call
        yield End("tool_calls", input_tokens(ask), used + count(call.arguments) + 4)
        return
    pieces = TOKEN.findall(_answer(ask))
    limit = len(pieces) if ask.limit is None else max(0, ask.limit - used)
    for piece in pieces[:limit]:
        yield Text(piece)
    yield End("length" if len(pieces) > limit else "stop", input_tokens(ask), used + min(len(pieces), limit))


def _answer(ask: Ask) -> str:
    # Reported of the service: a tool schema with `propertyNames` leads to an empty generation.
    if any(_has(tool, "propertyNames") for tool in ask.tools):
        return ""
    last = ask.messages[-1] if ask.messages else {}
    said = texts(last) if last.get("role") == "tool" else _typed(last)
    if ask.schema is not None:
        return json.dumps(instance(ask.schema), ensure_ascii=False)
    if last.get("role") == "tool":
        text = f"The tool answered: {said}"
    elif found := _SAY.match(said):
        text = found[1]
    elif found := _DECODE.match(said):
        text = unquote(found[1])
    elif found := _COUNT.match(said):
        text = " ".join(f"n{number + 1}" for number in range(int(found[1])))
    else:
        seen = len(images(last))
        shown = f" It was shown {seen} image{'s' * (seen != 1)}." if seen else ""
        text = f"This is the stand-in for {ask.model}.{shown} Ask it to `say: something`, and it will."
    for end in ask.stop:
        text = text.split(end, 1)[0] if end else text
    return _object(text) if ask.any_object else text


def _object(text: str) -> str:
    try:
        if isinstance(json.loads(text), dict):
            return text
    except ValueError:
        pass
    return json.dumps({"answer": text}, ensure_ascii=False)


def _call(ask: Ask) -> Call | None:
    """The one tool call of this turn, if one is due."""
    offered = {str(tool.get("function", {}).get("name")): tool.get("function", {}) for tool in ask.tools}
    last = ask.messages[-1] if ask.messages else {}
    if not offered or ask.tool_choice == "none" or last.get("role") == "tool":
        return None
    said = _typed(last)
    if (found := _CALL.match(said)) and found[1] in offered:
        return Call(found[1], found[2] or _arguments(offered[found[1]]))
    if ask.tool_choice in offered:
        return Call(ask.tool_choice, _arguments(offered[ask.tool_choice]))
    named = [name for name in offered if name in said]
    if named or ask.tool_choice == "required":
        name = named[0] if named else next(iter(offered))
        return Call(name, _arguments(offered[name]))
    return None


def _typed(message: Mapping[str, Any]) -> str:
    """The last text of a message; the whole of it when it is not in parts."""
    parts = message.get("content")
    if not isinstance(parts, list):
        return texts(message)
    said = [texts({"content": [part]}) for part in parts if isinstance(part, dict) and "text" in part]
    return said[-1] if said else ""


def _arguments(function: Any) -> str:
    return json.dumps(instance(function.get("parameters") or {"type": "object"}), ensure_ascii=False)


def _has(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_has(inner, key) for inner in value.values())
    return isinstance(value, list) and any(_has(inner, key) for inner in value)
