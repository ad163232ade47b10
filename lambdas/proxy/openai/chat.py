"""Chat Completions, on the way in: what a request may hold, what of it is guarded, and what goes upstream.

https://platform.openai.com/docs/api-reference/chat/create

``store`` is checked and not sent: Chat Completions keeps nothing on bedrock-mantle
(https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html).
Who the caller's own user is (``user``, ``safety_identifier``, ``prompt_cache_key``) and ``metadata`` stay here as well.
"""

from __future__ import annotations

from ..core.errors import BadRequestError
from ..request import check, images, policy
from ..request.check import (
    anything,
    array,
    boolean,
    fields,
    integer,
    kept,
    mapping,
    nickname,
    number,
    one_of,
    refused,
    require,
    string,
)
from ..request.prepared import Prepared
from ..request.texts import Arguments, Document, Name, Slot
from . import tools
from .chat_answer import Events, Whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.catalogue import Model

__all__ = ["PATH", "Events", "Whole", "prepare"]

#: Below the model's prefix.
PATH = "/chat/completions"

#: What ``json_object`` asks for.
JSON_OBJECT = {"schema": {"type": "object"}}

_NOT_STORED = "cannot be served: nothing is stored."
_KNOWN: dict[str, check.Check] = {
    "model": string,
    "messages": array,
    "stream": boolean,
    "stream_options": mapping,
    "max_tokens": integer(1),
    "max_completion_tokens": integer(1),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "seed": integer(-(2**63), 2**63 - 1),
    "stop": anything,
    "logit_bias": tools.bias,
    "tools": array,
    "tool_choice": anything,
    "parallel_tool_calls": boolean,
    "response_format": mapping,
    "reasoning_effort": string,
    "service_tier": string,
    "verbosity": one_of("low", "medium", "high"),
    "metadata": mapping,
    "user": string,
    "safety_identifier": string,
    "prompt_cache_key": string,
    "prompt_cache_retention": string,
    "prompt_cache_options": mapping,
    "modalities": anything,
    "n": refused("must be 1: one answer is guarded and streamed per request.", harmless=(1,)),
    "store": refused("must be false: nothing is stored, here or by the service.", harmless=(False,)),
    "logprobs": refused("is not served: the tokens' own texts would pass by the guardrail.", harmless=(False,)),
    "top_logprobs": refused("is not served: the tokens' own texts would pass by the guardrail.", harmless=(0,)),
    "functions": refused("is OpenAI's former name; use tools."),
    "function_call": refused("is OpenAI's former name; use tool_choice."),
    "audio": refused("is not served: the models here write text."),
    "prediction": refused("is not served by these models."),
    "moderation": refused("does nothing here: the deployment's guardrail is applied to every request."),
    "web_search_options": refused("is not served: a search would carry the prompt out of the network."),
    "background": refused(_NOT_STORED, harmless=(False,)),
    "previous_response_id": refused(_NOT_STORED),
    "conversation": refused(_NOT_STORED),
    "prompt": refused(_NOT_STORED),
}
_SENT = frozenset(
    (
        *("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "logit_bias", "verbosity"),
        *("max_tokens", "max_completion_tokens"),
    )
)

_REASONING = ("reasoning", "reasoning_content", "reasoning_details", "thinking", "thinking_blocks")
_MESSAGE: dict[str, check.Check] = {"role": string, "content": anything, "name": nickname}
_ASSISTANT: dict[str, check.Check] = {
    **_MESSAGE,
    "refusal": string,
    "tool_calls": array,
    # These hold something of the conversation, so leaving them out would change it.
    "function_call": refused("is OpenAI's former name; use tool_calls."),
    "audio": refused("is not served: the models here write text."),
}
_ROLES: dict[str, dict[str, check.Check]] = {
    "system": _MESSAGE,
    "developer": _MESSAGE,
    "user": _MESSAGE,
    "assistant": _ASSISTANT,
    "tool": {**_MESSAGE, "tool_call_id": string},
}
_role = one_of(*_ROLES)
#: Roles of developers; what the others say is brought in by users, models and tools.
DEVELOPERS = frozenset(("system", "developer"))
_CALL: dict[str, check.Check] = {"id": string, "type": one_of("function"), "function": mapping}


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
    sent["model"] = model.id
    sent["service_tier"] = tier
    messages = require(given, "messages")
    if not messages:
        raise BadRequestError("messages must hold at least one message.", code="invalid_value", param="messages")
    sent["messages"] = [_message(item, f"messages[{at}]", made) for at, item in enumerate(messages)]
    sent |= {name: value for name, value in given.items() if name in _SENT}
    if "max_tokens" in given and "max_completion_tokens" in given:
        raise BadRequestError(
            "max_tokens and max_completion_tokens are two names of one limit: give one.",
            code="invalid_value",
            param="max_tokens",
        )
    _stop(given, made)
    _stream(given, made)
    _tools(given, made)
    if "response_format" in given:
        sent["response_format"] = _format(given["response_format"], made)
    if given.get("modalities", ["text"]) != ["text"]:
        raise check.unsupported("modalities", "must be ['text']: the models here write text.")
    made.metadata = metadata(given.get("metadata"))
    effort = policy.effort(given.get("reasoning_effort"), "reasoning_effort", made)
    if effort is not None:
        sent["reasoning_effort"] = effort
    name = "max_tokens" if "max_tokens" in given else "max_completion_tokens"
    policy.window(given.get(name), name, made, "messages")
    return made


def metadata(value: dict[str, Any] | None) -> dict[str, str]:
    """Take OpenAI's ``metadata``: up to 16 short strings, which stay here."""
    found = value or {}
    if not found:
        return found
    if len(found) > 16 or not all(isinstance(item, str) and len(item) <= 512 for item in found.values()):
        raise BadRequestError(
            "metadata must be at most 16 strings of at most 512 characters.", code="invalid_value", param="metadata"
        )
    return found


def _message(value: Any, path: str, made: Prepared) -> dict[str, Any]:
    role = require(mapping(value, path), "role", path)
    _role(role, f"{path}.role")
    ignored: tuple[str, ...] = ()
    if role == "assistant":
        # What the service gave the client comes back with it; of it, only what it may read again is sent.
        ignored = (*_REASONING, "annotations")
        made.reasoning_dropped += sum(1 for name in _REASONING if value.get(name))
    message = kept(value, _ROLES[role], path, made.dropped, ignored)
    first = len(made.slots)
    if not message.get("tool_calls"):
        message.pop("tool_calls", None)  # an empty list says nothing, and is refused
    if "name" in message:
        made.slots.append(Name(message, "name", f"{path}.name"))
    said = len(made.slots)
    if "content" in message:
        _content(message, role, path, made)
    elif role in ("assistant", "tool") and "content" in value:
        # What was an answer without a word, or a tool's of nothing, comes back as null.
        if not ("tool_calls" in message or "refusal" in message):
            message["content"] = ""
    elif role != "assistant" or not ("tool_calls" in message or "refusal" in message):
        raise BadRequestError(
            f"{path}.content is required.", code="missing_required_parameter", param=f"{path}.content"
        )
    if message.get("refusal"):
        made.slots.append(Slot(message, "refusal", f"{path}.refusal"))
        made.joined(max(said, len(made.slots) - 2))
    made.said(said, role)
    if role == "tool":
        message["tool_call_id"] = made.ids.result(require(message, "tool_call_id", path))
    if "tool_calls" in message:
        calls = message["tool_calls"]
        message["tool_calls"] = [_call(item, f"{path}.tool_calls[{at}]", made) for at, item in enumerate(calls)]
    if role in DEVELOPERS:
        made.developer(first)
    return message


def _content(message: dict[str, Any], role: str, path: str, made: Prepared) -> None:
    content, at = message["content"], f"{path}.content"
    if isinstance(content, str):
        if content:
            made.slots.append(Slot(message, "content", at))
        return
    first = len(made.slots)
    parts = (_part(part, role, f"{at}[{index}]", made) for index, part in enumerate(array(content, at)))
    message["content"] = [part for part in parts if part is not None] or ""
    made.joined(first)
    if not content and role not in ("assistant", "tool"):
        raise BadRequestError(f"{at} must hold at least one part.", code="empty_array", param=at)
    if not message["content"] and "tool_calls" in message:
        del message["content"]  # the calls are all that it says


def _part(value: Any, role: str, path: str, made: Prepared) -> dict[str, Any] | None:
    kind = require(mapping(value, path), "type", path)
    if kind == "text":
        part = kept(value, {"type": anything, "text": string}, path, made.dropped, ("annotations",))
        require(part, "text", path)
        made.slots.append(Slot(part, "text", f"{path}.text"))
        return part
    if kind == "image_url" and role == "user":
        part = kept(value, {"type": anything, "image_url": mapping}, path, made.dropped)
        inner = kept(
            require(part, "image_url", path),
            {"url": anything, "detail": one_of("auto", "low", "high")},
            f"{path}.image_url",
            made.dropped,
        )
        inner["url"] = image(inner.get("url"), f"{path}.image_url.url", made)
        return {"type": "image_url", "image_url": inner}
    if role == "assistant":
        if kind in ("thinking", "redacted_thinking", "reasoning"):
            made.reasoning_dropped += 1
            return None
        if kind == "refusal":
            part = kept(value, {"type": anything, "refusal": string}, path, made.dropped)
            require(part, "refusal", path)
            made.slots.append(Slot(part, "refusal", f"{path}.refusal"))
            return part
    allowed = "text or image_url" if role == "user" else "text or refusal" if role == "assistant" else "text"
    raise check.unsupported(
        f"{path}.type", f"must be {allowed} in a message of role {role}.", code="unsupported_content"
    )


def image(url: Any, path: str, made: Prepared) -> str:
    """Take an image, if the model can see one; return what stands for its URL until the request is written."""
    if "image" not in made.model.modalities:
        raise check.unsupported(path, f"cannot be given: {made.model.id} takes no images.", code="unsupported_content")
    return images.add(made.images, images.read(url, path))


def _call(value: Any, path: str, made: Prepared) -> dict[str, Any]:
    call = kept(mapping(value, path), _CALL, path, made.dropped, ("index",))
    id = made.ids.call(require(call, "id", path))
    at = f"{path}.function"
    known = {"name": string, "arguments": tools.arguments}
    function = kept(require(call, "function", path), known, at, made.dropped)
    tools.name(require(function, "name", at), f"{at}.name")
    made.slots.append(Name(function, "name", f"{at}.name"))
    # A call without arguments is one with none to a strict reader of JSON.
    function["arguments"] = function.get("arguments") or "{}"
    if function["arguments"] != "{}":
        made.slots.append(Arguments(function, "arguments", f"{at}.arguments"))
    return {"id": id, "type": "function", "function": function}


def _stop(given: dict[str, Any], made: Prepared) -> None:
    if "stop" not in given:
        return
    stops = given["stop"] if isinstance(given["stop"], list) else [given["stop"]]
    if not stops:
        return
    if len(stops) > 4:
        raise BadRequestError("stop must be 1 to 4 strings.", code="invalid_value", param="stop")
    made.body["stop"] = [string(item, f"stop[{at}]") for at, item in enumerate(stops)]
    texts = ((at, f"stop[{at}]") for at, item in enumerate(stops) if item)
    made.slots.extend(Name(made.body["stop"], at, path, developer=True) for at, path in texts)


def _stream(given: dict[str, Any], made: Prepared) -> None:
    made.stream = given.get("stream", False)
    if "stream_options" in given:
        if not made.stream:
            raise BadRequestError("stream_options needs stream: true.", code="invalid_value", param="stream_options")
        known = {"include_usage": boolean, "include_obfuscation": boolean}
        options = fields(given["stream_options"], known, "stream_options")
        made.include_usage = options.get("include_usage", False)
    if made.stream:
        made.body["stream"] = True
        # Asked for always: the record counts tokens whether or not the caller wants to see them.
        made.body["stream_options"] = {"include_usage": True}


def _tools(given: dict[str, Any], made: Prepared) -> None:
    declared = [_declared(item, f"tools[{at}]", made) for at, item in enumerate(given.get("tools", ()))]
    made_tools = [{"type": "function", "function": function} for function in declared]
    tools.offer(made_tools, declared, given, made, nested=True)


def _declared(value: Any, path: str, made: Prepared) -> dict[str, Any]:
    tool = kept(tools.kind(value, path), {"type": anything, "function": mapping}, path, made.dropped)
    return tools.function(require(tool, "function", path), f"{path}.function", made)


def _format(value: dict[str, Any], made: Prepared) -> dict[str, Any]:
    path = "response_format"
    kind = one_of("text", "json_object", "json_schema")(require(value, "type", path), f"{path}.type")
    if kind != "json_schema":
        made.form = dict(JSON_OBJECT) if kind == "json_object" else None
        return fields(value, {"type": anything}, path)
    outer = fields(value, {"type": anything, "json_schema": mapping}, path)
    return {"type": kind, kind: schema(require(outer, kind, path), f"{path}.{kind}", made)}


def schema(value: dict[str, Any], path: str, made: Prepared) -> dict[str, Any]:
    """Check a named schema of an answer; its texts are guarded as a tool's are."""
    found = fields(value, {"name": string, "description": string, "schema": mapping, "strict": boolean}, path)
    tools.name(require(found, "name", path), f"{path}.name")
    first = len(made.slots)
    made.slots.append(Name(found, "name", f"{path}.name"))
    if found.get("description"):
        made.slots.append(Slot(found, "description", f"{path}.description"))
    if "schema" in found:
        from . import schema as schemas  # not before it is needed: few requests ask for it

        if schemas.weight(found["schema"]) > schemas.MOST:
            raise BadRequestError(
                f"{path}.schema has more than {schemas.MOST} entries: fields, items of lists, parts of references. "
                "Make it smaller.",
                code="schema_too_large",
                param=f"{path}.schema",
            )
        made.slots.append(Document(found, "schema", f"{path}.schema"))
    made.developer(first)
    made.form = found
    return found
