"""Responses, on the way in: what a request may hold, what of it is guarded, and what goes upstream.

https://platform.openai.com/docs/api-reference/responses/create

``store: false`` is sent with every request: left out, the service would keep input and answer for 30 days
(https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html).
"""

from __future__ import annotations

from ..core.errors import BadRequestError
from ..request import check, ids, policy
from ..request.check import (
    anything,
    array,
    boolean,
    fields,
    integer,
    kept,
    mapping,
    number,
    one_of,
    refused,
    require,
    string,
)
from ..request.prepared import Prepared
from ..request.texts import Arguments, Name, Slot
from . import tools
from .chat import DEVELOPERS, JSON_OBJECT, image, metadata, schema
from .responses_answer import Whole
from .responses_events import Events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.catalogue import Model

__all__ = ["PATH", "Events", "Whole", "prepare"]

#: Below the model's prefix.
PATH = "/responses"

_NOT_STORED = "cannot be served: nothing is stored, so send the whole conversation in input."
_KNOWN: dict[str, check.Check] = {
    "model": string,
    "input": anything,
    "instructions": string,
    "stream": boolean,
    "stream_options": mapping,
    "max_output_tokens": integer(1),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "tools": array,
    "tool_choice": anything,
    "parallel_tool_calls": boolean,
    "text": mapping,
    "reasoning": mapping,
    "service_tier": string,
    "metadata": mapping,
    "client_metadata": mapping,  # which window and turn of Codex asks; it stays here, as metadata does
    "user": string,
    "safety_identifier": string,
    "prompt_cache_key": string,
    "prompt_cache_retention": string,
    "prompt_cache_options": mapping,
    "include": array,
    "truncation": one_of("auto", "disabled"),
    "store": refused("must be false: nothing is stored, here or by the service.", harmless=(False,)),
    "background": refused("must be false: an answer to be fetched later would have to be stored.", harmless=(False,)),
    "background_options": refused(_NOT_STORED),
    "previous_response_id": refused(_NOT_STORED),
    "conversation": refused(_NOT_STORED),
    "prompt": refused("cannot be served: there are no stored prompts; send instructions and input."),
    "context_management": refused("is not served: the history is sent, and shortened, by the client."),
    "max_tool_calls": refused("is about tools that a server runs, and there are none."),
    "top_logprobs": refused("is not served: the tokens' own texts would pass by the guardrail.", harmless=(0,)),
    "moderation": refused("does nothing here: the deployment's guardrail is applied to every request."),
}
_SENT = ("temperature", "top_p", "max_output_tokens")

_ITEM: dict[str, check.Check] = {"type": anything, "id": string, "status": string}
_MESSAGE: dict[str, check.Check] = {**_ITEM, "role": string, "content": anything, "phase": string}
_CALL: dict[str, check.Check] = {**_ITEM, "call_id": string, "name": string, "arguments": tools.arguments}
_RESULT: dict[str, check.Check] = {**_ITEM, "call_id": string, "output": anything}
#: What these may say; another word of a client's own is a mark, and is dropped.
_WORDS = {"status": ("in_progress", "completed", "incomplete"), "phase": ("commentary", "final_answer")}
_TEXTS = {"user": "input_text", "system": "input_text", "developer": "input_text", "assistant": "output_text"}


def prepare(body: dict[str, Any], model: Model, tier: str) -> Prepared:
    """Check a body and make of it what goes upstream.

    Raises
    ------
    BadRequestError
        With the field's path as ``param``.
    """
    given = fields(body, _KNOWN)
    made = Prepared(model, tier)
    sent = made.body
    sent.update(model=model.id, service_tier=tier, store=False)
    if given.get("instructions"):
        sent["instructions"] = given["instructions"]
        made.slots.append(Slot(sent, "instructions", "instructions", developer=True))
    sent["input"] = _input(require(given, "input"), made)
    sent.update((name, given[name]) for name in _SENT if name in given)
    least = model.minimum.get("max_output_tokens", 1)
    if "max_output_tokens" in given:
        integer(least)(given["max_output_tokens"], "max_output_tokens")
    _options(given, made)
    declared = [_tool(item, f"tools[{at}]", made) for at, item in enumerate(given.get("tools", ()))]
    tools.offer(declared, declared, given, made, nested=False)
    if "text" in given:
        sent["text"] = _text(given["text"], made)
    made.metadata = metadata(given.get("metadata"))
    _reasoning(given.get("reasoning", {}), made)
    policy.window(given.get("max_output_tokens"), "max_output_tokens", made, "input")
    return made


def _options(given: dict[str, Any], made: Prepared) -> None:
    made.stream = given.get("stream", False)
    if made.stream:
        made.body["stream"] = True
    if given.get("truncation") == "auto":
        # What fits is not truncated either way, and what does not fit is refused, so that nothing is lost unseen.
        made.headers.append(("x-cloister-truncation", "disabled"))
    if "stream_options" in given:
        fields(given["stream_options"], {"include_obfuscation": boolean}, "stream_options")
    for at, item in enumerate(given.get("include", ())):
        # Clients ask for it by habit; reasoning is not replayed, so there is nothing to encrypt.
        one_of("reasoning.encrypted_content")(item, f"include[{at}]")


def _reasoning(value: dict[str, Any], made: Prepared) -> None:
    known = {"effort": string, "summary": one_of("auto", "concise", "detailed"), "generate_summary": string}
    given = fields(value, known, "reasoning", ignored=("generate_summary",))
    effort = policy.effort(given.get("effort"), "reasoning.effort", made)
    if effort is not None:
        given["effort"] = effort
    if given:
        made.body["reasoning"] = given


def _text(value: dict[str, Any], made: Prepared) -> dict[str, Any]:
    found = fields(value, {"format": mapping, "verbosity": one_of("low", "medium", "high")}, "text")
    if "format" not in found:
        return found
    path, form = "text.format", found["format"]
    kind = one_of("text", "json_object", "json_schema")(require(form, "type", path), f"{path}.type")
    inner = {name: item for name, item in form.items() if name != "type"}
    if kind == "json_object":
        made.form = dict(JSON_OBJECT)
    found["format"] = schema(inner, path, made) if kind == "json_schema" else fields(inner, {}, path)
    found["format"]["type"] = kind
    return found


def _tool(value: Any, path: str, made: Prepared) -> dict[str, Any]:
    declared = {name: item for name, item in tools.kind(value, path).items() if name != "type"}
    made_tool = tools.function(declared, path, made)
    made_tool["type"] = "function"
    return made_tool


def _input(value: Any, made: Prepared) -> Any:
    if isinstance(value, str):
        # A list of one message is the same request, and has a place for what the guardrail masks.
        message = {"role": "user", "content": value}
        made.slots.append(Slot(message, "content", "input"))
        return [message]
    items = (_item(item, f"input[{at}]", made) for at, item in enumerate(array(value, "input")))
    kept = [item for item in items if item is not None]
    if not kept:
        raise BadRequestError("input must hold at least one message.", code="invalid_value", param="input")
    return kept


def _item(value: Any, path: str, made: Prepared) -> dict[str, Any] | None:
    kind = mapping(value, path).get("type") or "message"
    if kind == "reasoning":
        made.reasoning_dropped += 1
        return None
    if kind == "message":
        return _message(value, path, made)
    if kind == "function_call":
        return _call(value, path, made)
    if kind == "function_call_output":
        return _result(value, path, made)
    if kind == "item_reference":
        raise check.unsupported(f"{path}.type", f"item_reference {_NOT_STORED}", code="unsupported_content")
    raise check.unsupported(
        f"{path}.type", "must be message, function_call or function_call_output.", code="unsupported_content"
    )


def _message(value: dict[str, Any], path: str, made: Prepared) -> dict[str, Any]:
    ignored = ("reasoning", "reasoning_content", "thinking")
    made.reasoning_dropped += sum(1 for name in ignored if value.get(name))
    message = _plain(kept(value, _MESSAGE, path, made.dropped, ignored), made)
    role = one_of(*_TEXTS)(require(message, "role", path), f"{path}.role")
    if role == "assistant" and "content" in value:
        message.setdefault("content", "")  # an answer without a word comes back as null
    content, at = require(message, "content", path), f"{path}.content"
    developer = role in DEVELOPERS
    first = len(made.slots)
    if isinstance(content, str):
        if content:
            made.slots.append(Slot(message, "content", at, developer=developer))
        made.said(first, role)
        return message
    parts = (_part(part, role, f"{at}[{index}]", made) for index, part in enumerate(array(content, at)))
    message["content"] = [part for part in parts if part is not None] or ""
    made.joined(first)
    made.said(first, role)
    if developer:
        made.developer(first)
    if not content and role != "assistant":
        raise BadRequestError(f"{at} must hold at least one part.", code="empty_array", param=at)
    return message


def _plain(item: dict[str, Any], made: Prepared) -> dict[str, Any]:
    """Return an item without an id or a word that the service would refuse; neither says anything to the model."""
    for name, words in _WORDS.items():
        if name in item and item[name] not in words:
            del item[name]
            made.dropped[name] = None
    if "id" in item and not ids.safe(item["id"], ids.LONGEST_ITEM):
        del item["id"]
        made.dropped["id"] = None
    return item


def _part(value: Any, role: str, path: str, made: Prepared) -> dict[str, Any] | None:
    kind = require(mapping(value, path), "type", path)
    wanted = _TEXTS[role]
    if kind in (wanted, "input_text"):
        part = kept(value, {"type": anything, "text": string}, path, made.dropped, ("annotations", "logprobs"))
        require(part, "text", path)
        part["type"] = wanted
        made.slots.append(Slot(part, "text", f"{path}.text"))
        return part
    if kind == "input_image" and role == "user":
        return _image(value, path, made)
    if role == "assistant":
        if kind in ("reasoning_text", "summary_text", "thinking", "redacted_thinking"):
            made.reasoning_dropped += 1
            return None
        if kind == "refusal":
            part = kept(value, {"type": anything, "refusal": string}, path, made.dropped)
            require(part, "refusal", path)
            made.slots.append(Slot(part, "refusal", f"{path}.refusal"))
            return part
    allowed = f"{wanted} or input_image" if role == "user" else wanted
    raise check.unsupported(
        f"{path}.type", f"must be {allowed} in a message of role {role}.", code="unsupported_content"
    )


def _image(value: Any, path: str, made: Prepared) -> dict[str, Any]:
    known = {
        "type": anything,
        "image_url": anything,
        "detail": one_of("auto", "low", "high"),
        "file_id": refused("cannot be served: there are no stored files; send a data URL, or s3://bucket/key."),
    }
    part = kept(value, known, path, made.dropped)
    part["image_url"] = image(part.get("image_url"), f"{path}.image_url", made)
    return part


def _call(value: dict[str, Any], path: str, made: Prepared) -> dict[str, Any]:
    call = _plain(kept(value, _CALL, path, made.dropped, ("caller", "namespace", "async")), made)
    call["call_id"] = made.ids.call(require(call, "call_id", path))
    tools.name(require(call, "name", path), f"{path}.name")
    made.slots.append(Name(call, "name", f"{path}.name"))
    call["arguments"] = call.get("arguments") or "{}"
    if call["arguments"] != "{}":
        made.slots.append(Arguments(call, "arguments", f"{path}.arguments"))
    return call


def _result(value: dict[str, Any], path: str, made: Prepared) -> dict[str, Any]:
    result = _plain(kept(value, _RESULT, path, made.dropped), made)
    result["call_id"] = made.ids.result(require(result, "call_id", path))
    if "output" in value:
        result.setdefault("output", "")  # a tool's of nothing comes back as null
    output, at = require(result, "output", path), f"{path}.output"
    if isinstance(output, str):
        if output:
            made.slots.append(Slot(result, "output", at))
        return result
    first = len(made.slots)
    # A tool may show an image, as a user may.
    parts = [_part(part, "user", f"{at}[{index}]", made) for index, part in enumerate(array(output, at))]
    result["output"] = parts or ""
    made.joined(first)
    return result
