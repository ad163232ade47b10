"""The stock OpenAI SDK against the deployed kit: everything that a team does with it."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from tests.e2e.kit import Kit

MODEL = "google.gemma-4-31b"
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
).decode()


def user(content: Any) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": content}]


def test_a_whole_chat(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        answer = client.chat.completions.create(model=MODEL, messages=user("say: hello from inside"), max_tokens=50)
    assert answer.choices[0].message.content == "hello from inside"
    assert answer.model == MODEL
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_streamed_chat(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        chunks = list(
            client.chat.completions.create(
                model=MODEL,
                messages=user("count: 400"),
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == " ".join(f"n{n}" for n in range(1, 401))
    assert chunks[-1].usage is not None
    assert len([chunk for chunk in chunks if chunk.choices]) > 2


def test_a_whole_response(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        answer = client.responses.create(model=MODEL, input="say: whole", reasoning={"effort": "high"})
    assert answer.output_text == "whole"
    assert answer.status == "completed"


def test_a_streamed_response(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        events = list(client.responses.create(model=MODEL, input="count: 200", stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == " ".join(f"n{n}" for n in range(1, 201))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == text


def test_a_stream_arrives_while_it_is_made(kit: Kit) -> None:
    """The first part is there long before the model has ended."""
    with kit.told(chunk_delay_ms=4), kit.openai("atlas") as client:
        stream = client.chat.completions.create(model=MODEL, messages=user("count: 400"), stream=True)
        first = next(chunk for chunk in stream if chunk.choices and chunk.choices[0].delta.content)
        going = kit.requests("mantle")[-1]
        assert "status" not in going  # set once the stand-in has sent everything
        rest = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    text = (first.choices[0].delta.content or "") + "".join(rest)
    assert text.endswith("n399 n400")


def test_a_tool_call_loop(quiet: Kit) -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }
    tools: list[ChatCompletionToolParam] = [{"type": "function", "function": {"name": "weather", "parameters": schema}}]
    history: list[Any] = user('call: weather {"city": "Oslo"}')
    with quiet.openai("atlas") as client:
        first = client.chat.completions.create(model=MODEL, messages=history, tools=tools)
        message = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls"
        call = (message.tool_calls or [])[0]
        assert call.type == "function"
        assert json.loads(call.function.arguments) == {"city": "Oslo"}
        history += [message, {"role": "tool", "tool_call_id": call.id, "content": "rain, 4 degrees"}]
        second = client.chat.completions.create(model=MODEL, messages=history, tools=tools)
    assert second.choices[0].message.content == "The tool answered: rain, 4 degrees"


def test_a_tool_call_loop_over_responses(quiet: Kit) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools: Any = [{"type": "function", "name": "weather", "parameters": schema, "strict": True}]
    history: list[Any] = user('call: weather {"city": "Oslo"}')
    with quiet.openai("atlas") as client:
        first = client.responses.create(model=MODEL, input=history, tools=tools, reasoning={"effort": "high"})
        call = next(item for item in first.output if item.type == "function_call")
        history += first.output
        history.append({"type": "function_call_output", "call_id": call.call_id, "output": "rain"})
        second = client.responses.create(model=MODEL, input=history, tools=tools)
    assert second.output_text == "The tool answered: rain"
    # The SDK replays what it got, reasoning included; the proxy leaves it out.
    assert [request["reasoning_items"] for request in quiet.requests("mantle")] == [0, 0]


def test_an_image(quiet: Kit) -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "text", "text": "What is it?"},
    ]
    with quiet.openai("atlas") as client:
        answer = client.chat.completions.create(model=MODEL, messages=user(parts))
    assert "It was shown 1 image." in (answer.choices[0].message.content or "")


def test_an_image_over_responses(quiet: Kit) -> None:
    parts: Any = [
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "auto"},
        {"type": "input_text", "text": "What is it?"},
    ]
    with quiet.openai("atlas") as client:
        answer = client.responses.create(model=MODEL, input=[{"role": "user", "content": parts}])
    assert "It was shown 1 image." in answer.output_text


class Number(BaseModel):
    """What is asked for by type; the SDK makes the schema of it, and the object of the answer."""

    n: int


def test_structured_output_by_type_on_both_routes(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        chat = client.chat.completions.parse(model=MODEL, messages=user("give a number"), response_format=Number)
        response = client.responses.parse(model=MODEL, input="give a number", text_format=Number)
    assert chat.choices[0].message.parsed == response.output_parsed == Number(n=1)


def test_a_key_that_is_made_for_each_request(quiet: Kit) -> None:
    minted: list[str] = []

    def fresh() -> str:
        minted.append(quiet.token("atlas", expires=600 + len(minted)))
        return minted[-1]

    with openai.OpenAI(base_url=quiet.base("atlas"), api_key=fresh, max_retries=0) as client:
        for _ in range(2):
            client.models.list()
    assert len(set(minted)) == 2


async def _asynchronously(client: openai.AsyncOpenAI) -> str:
    async with client, client.responses.stream(model=MODEL, input="count: 100") as stream:
        async for _ in stream:
            pass
        return (await stream.get_final_response()).output_text


def test_the_asynchronous_client(quiet: Kit) -> None:
    client = openai.AsyncOpenAI(base_url=quiet.base("atlas"), api_key=quiet.token("atlas"), max_retries=0)
    assert asyncio.run(_asynchronously(client)).endswith("n99 n100")


def test_structured_output(quiet: Kit) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    with quiet.openai("atlas") as client:
        answer = client.chat.completions.create(
            model=MODEL,
            messages=user("give a number"),
            response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema, "strict": True}},
        )
    assert json.loads(answer.choices[0].message.content or "") == {"n": 1}


def test_the_models_are_the_teams(quiet: Kit) -> None:
    with quiet.openai("atlas") as client:
        assert [model.id for model in client.models.list()] == ["google.gemma-4-31b", "google.gemma-4-26b-a4b"]
        assert client.models.retrieve(MODEL).id == MODEL
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("google.gemma-4-e2b")


def test_leaving_in_the_middle_of_a_stream_is_recorded(kit: Kit) -> None:
    before = len(kit.records("atlas"))
    with kit.told(chunk_delay_ms=3), kit.openai("atlas") as client:
        with client.chat.completions.create(model=MODEL, messages=user("count: 3000"), stream=True) as stream:
            next(iter(stream))
        gone = kit.next_records("atlas", before)[0]
    assert (gone["status"], gone["error"]) == (499, "client_closed")


def test_eight_at_a_time(kit: Kit) -> None:
    """Each in an execution environment of its own, all at the same time."""
    together = threading.Barrier(8)
    with kit.told(delay_ms=800), kit.openai("atlas") as client:
        client.models.list()  # the authorizer's verdict is there, so that all eight reach the function at once

        def one(number: int) -> str | None:
            together.wait(30)
            answer = client.chat.completions.create(model=MODEL, messages=user(f"say: number {number}"))
            return answer.choices[0].message.content

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(one, range(8)))
    assert answers == [f"number {n}" for n in range(8)]
    assert kit.environments("ProxyFunction", "atlas") >= 8
