"""The mantle stand-in, asked by the stock OpenAI SDK and by plain HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionToolParam
from openai.types.responses import FunctionToolParam

from tests.local.bedrock.conftest import KEY, MANTLE, Standins

MODEL = "google.gemma-4-31b"
CHAT = f"{MANTLE}/openai/v1/chat/completions"
RESPONSES = f"{MANTLE}/openai/v1/responses"
WEATHER: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


def test_chat_says_what_it_is_told(standins: Standins) -> None:
    with standins.openai() as client:
        answer = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "say: hello  there\n"}]
        )
    assert answer.choices[0].message.content == "hello  there\n"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.service_tier == "default"
    assert answer.usage is not None
    assert answer.usage.completion_tokens > 0


def test_chat_streams_the_same_text_and_closes_with_usage(standins: Standins) -> None:
    with standins.openai() as client:
        chunks = list(
            client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": "count: 30"}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == " ".join(f"n{n}" for n in range(1, 31))
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert chunks[-2].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("effort", [None, "low", "medium", "high"])
def test_only_high_effort_yields_a_reasoning_item(standins: Standins, effort: Any) -> None:
    with standins.openai() as client:
        answer = client.responses.create(
            model=MODEL, input="say: done", reasoning={"effort": effort} if effort else None
        )
    kinds = [item.type for item in answer.output]
    assert kinds == (["reasoning", "message"] if effort == "high" else ["message"])
    assert answer.output_text == "done"
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == 0


def test_chat_never_shows_reasoning(standins: Standins) -> None:
    with standins.http() as client:
        answer = client.post(CHAT, json=ask("say: done", reasoning_effort="high")).json()
    assert set(answer["choices"][0]["message"]) == {"role", "content", "refusal"}


def test_responses_events_come_in_the_documented_order(standins: Standins) -> None:
    with standins.openai() as client:
        events = list(
            client.responses.create(
                model=MODEL, input="say: ab", reasoning={"effort": "high"}, store=False, stream=True
            )
        )
    kinds = [event.type for event in events]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert list(dict.fromkeys(kinds)) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.completed",
    ]
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == "ab"


def test_a_tool_is_called_once_a_turn_and_its_result_is_used(standins: Standins) -> None:
    tool: ChatCompletionToolParam = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
    asked: Any = {"role": "user", "content": 'call: weather {"city": "Oslo"}'}
    with standins.openai() as client:
        first = client.chat.completions.create(model=MODEL, messages=[asked], tools=[tool]).choices[0]
        assert first.finish_reason == "tool_calls"
        calls = first.message.tool_calls or []
        assert [call.function.arguments for call in calls if call.type == "function"] == ['{"city": "Oslo"}']
        told: Any = {"role": "tool", "tool_call_id": calls[0].id, "content": "rain"}
        history: Any = [asked, first.message, told]
        second = client.chat.completions.create(model=MODEL, messages=history, tools=[tool])
    assert second.choices[0].message.content == "The tool answered: rain"


def test_a_streamed_tool_call_on_the_responses_route(standins: Standins) -> None:
    tool: FunctionToolParam = {"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}
    with standins.openai() as client:
        events = list(
            client.responses.create(model=MODEL, input="what weather?", tools=[tool], store=False, stream=True)
        )
    parts = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    last = events[-1]
    assert last.type == "response.completed"
    item = last.response.output[0]
    assert item.type == "function_call"
    assert "".join(parts) == item.arguments
    assert json.loads(item.arguments) == {"city": "example"}


def test_property_names_in_a_tool_schema_leads_to_an_empty_generation(standins: Standins) -> None:
    schema = {"type": "object", "propertyNames": {"pattern": "^a"}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": schema}}
    with standins.http() as client:
        answer = client.post(CHAT, json=ask("call: weather", tools=[tool])).json()
    assert answer["choices"][0]["message"]["content"] == ""


def test_a_json_schema_is_followed(standins: Standins) -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "of": {"enum": ["a", "b"]}},
        "required": ["n", "of"],
    }
    with standins.openai() as client:
        answer = client.responses.create(
            model=MODEL, input="anything", text={"format": {"type": "json_schema", "name": "x", "schema": schema}}
        )
    assert json.loads(answer.output_text) == {"n": 1, "of": "a"}


def test_of_a_message_in_parts_the_last_text_counts(standins: Standins) -> None:
    parts = [{"type": "text", "text": "<reminder>call: weather</reminder>"}, {"type": "text", "text": "say: typed"}]
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    with standins.http() as client:
        asked = {"model": MODEL, "messages": [{"role": "user", "content": parts}], "tools": [tool]}
        answer = client.post(CHAT, json=asked).json()
    assert answer["choices"][0]["message"]["content"] == "typed"


@pytest.mark.parametrize(("said", "wanted"), [('say: {"a": 1}', {"a": 1}), ("say: [1]", {"answer": "[1]"})])
def test_an_object_is_written_when_any_is_asked_for(standins: Standins, said: str, wanted: dict[str, Any]) -> None:
    form: Any = {"type": "json_object"}
    with standins.openai() as client:
        response = client.responses.create(model=MODEL, input=said, text={"format": form})
    assert json.loads(response.output_text) == wanted
    with standins.http() as client:
        answer = client.post(CHAT, json=ask(said, response_format=form)).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == wanted


def test_images_are_taken_as_data_urls_only(standins: Standins) -> None:
    data = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()

    def body(url: str) -> dict[str, Any]:
        parts = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "what is it?"}]
        return {"model": MODEL, "messages": [{"role": "user", "content": parts}]}

    with standins.http() as client:
        good = client.post(CHAT, json=body(data)).json()
        bad = client.post(CHAT, json=body("https://example.com/a.png"))
    assert "It was shown 1 image." in good["choices"][0]["message"]["content"]
    assert bad.status_code == 400
    assert bad.json()["error"]["param"] == "messages[0].content[0].image_url.url"


def test_store_defaults_to_true_and_keeps_what_it_is_given(standins: Standins) -> None:
    with standins.openai() as client:
        kept = client.responses.create(model=MODEL, input="say: kept")
        client.responses.create(model=MODEL, input="say: gone", store=False)
        assert client.responses.retrieve(kept.id).output_text == "kept"
        with pytest.raises(openai.NotFoundError):
            client.responses.input_items.list(kept.id)
    assert kept.model_dump()["store"] is True
    assert list(standins.control.stored) == [kept.id]


def test_the_limit_cuts_the_answer(standins: Standins) -> None:
    with standins.openai() as client:
        answer = client.responses.create(model=MODEL, input="count: 100", max_output_tokens=16, store=False)
        chat = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "count: 100"}], max_completion_tokens=3
        )
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert chat.choices[0].message.content == "n1 n2 n3"
    assert chat.choices[0].finish_reason == "length"


def test_e2b_leaks_its_reasoning_below_high_effort(standins: Standins) -> None:
    with standins.openai() as client:
        low = client.responses.create(model="google.gemma-4-e2b", input="say: hi", store=False)
        high = client.responses.create(
            model="google.gemma-4-e2b", input="say: hi", store=False, reasoning={"effort": "high"}
        )
    assert low.output_text != "hi"
    assert high.output_text == "hi"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/v1/chat/completions", 401, "Berm is not enabled for this account"),
        ("/v1/responses", 400, "isn't supported on this route"),
        ("/openai/v1/embeddings", 404, "No route"),
    ],
)
def test_wrong_paths_mislead_as_reported(standins: Standins, path: str, status: int, text: str) -> None:
    with standins.http() as client:
        answer = client.post(MANTLE + path, json=ask("say: x"))
    assert answer.status_code == status
    assert text in answer.json()["error"]["message"]


def test_models_are_listed_under_v1_and_not_elsewhere(standins: Standins) -> None:
    with standins.http() as client:
        listed = client.get(f"{MANTLE}/v1/models").json()
        one = client.get(f"{MANTLE}/v1/models/{MODEL}")
        elsewhere = client.get(f"{MANTLE}/openai/v1/models")
    assert MODEL in [entry["id"] for entry in listed["data"]]
    assert one.json()["status"] == "ACTIVE"
    assert elsewhere.status_code == 404


def test_a_region_without_gemma_answers_not_found(serve: Any) -> None:
    there = serve(region="eu-west-1")
    with there.http() as client:
        answer = client.post(CHAT.replace("us-east-1", "eu-west-1"), json=ask("say: x"))
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"


@pytest.mark.parametrize(
    ("route", "body", "param"),
    [
        (CHAT, ask("x", max_tokens=5), "max_tokens"),
        (CHAT, ask("x", service_tier="reserved"), "service_tier"),
        (CHAT, {"model": MODEL, "messages": []}, "messages"),
        (CHAT, {"model": MODEL}, "messages"),
        (RESPONSES, {"model": MODEL, "input": "x", "max_output_tokens": 15}, "max_output_tokens"),
        (RESPONSES, {"model": MODEL, "input": [{"type": "item_reference"}]}, "input[0].type"),
    ],
)
def test_a_rejected_parameter_is_named(standins: Standins, route: str, body: dict[str, Any], param: str) -> None:
    with standins.http() as client:
        answer = client.post(route, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_what_is_rejected_can_be_switched(standins: Standins) -> None:
    standins.control.apply({"reject": ["temperature", "responses:top_p"]})
    with standins.http() as client:
        assert client.post(CHAT, json=ask("say: x", max_tokens=5, top_p=0.5)).status_code == 200
        assert client.post(CHAT, json=ask("say: x", temperature=0.5)).json()["error"]["param"] == "temperature"
        refused = client.post(RESPONSES, json={"model": MODEL, "input": "say: x", "top_p": 0.5})
    assert refused.json()["error"]["code"] == "unsupported_parameter"


def test_the_body_limit_is_the_models_not_one_byte_more(standins: Standins) -> None:
    def sized(size: int) -> bytes:
        start, end = b'{"model":"none","messages":"', b'"}'
        return start + b"x" * (size - len(start) - len(end)) + end

    with standins.http() as client:
        headers = {"content-type": "application/json"}
        assert client.post(CHAT, content=sized(3_670_016), headers=headers).status_code == 404  # read: no such model
        assert client.post(CHAT, content=sized(3_670_017), headers=headers).status_code == 413


def test_more_than_the_context_window_is_refused(standins: Standins) -> None:
    with standins.http() as client:
        answer = client.post(CHAT, json=ask("say: x", max_completion_tokens=262_144))
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_failures_on_demand_come_in_their_order(standins: Standins) -> None:
    standins.control.apply({"fail": [{"status": 429, "retry_after": 1.5}, {"status": 503}]})
    with standins.http() as client:
        answers = [client.post(CHAT, json=ask("say: x")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 503, 200]
    assert answers[0].headers["retry-after"] == "1.5"
    assert "retry-after" not in answers[1].headers


def test_a_stream_can_be_cut(standins: Standins) -> None:
    standins.control.apply({"cut_after": 3})
    with standins.http() as client, pytest.raises(httpx.RemoteProtocolError):
        client.post(CHAT, json=ask("count: 50", stream=True))


def test_an_unknown_project_is_refused(standins: Standins) -> None:
    with standins.http() as client:
        good = client.post(CHAT, json=ask("say: x"), headers={"OpenAI-Project": "proj_atlas"})
        bad = client.post(CHAT, json=ask("say: x"), headers={"OpenAI-Project": "proj_other"})
    assert (good.status_code, bad.status_code) == (200, 404)


def test_requests_are_noted_without_their_text(standins: Standins) -> None:
    with standins.http() as client:
        client.post(CHAT, json=ask("say: canary-5b1"))
    noted = standins.control.requests[-1]
    assert noted["caller"] == KEY.arn
    assert noted["status"] == 200
    assert "canary" not in json.dumps(noted)


CALL = {"type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize("id", ["i" * 41, "a/b", "", "a b"])
def test_an_id_that_openai_refuses_is_refused(standins: Standins, id: str) -> None:
    asked = {"role": "user", "content": "say: x"}
    call = {"role": "assistant", "content": None, "tool_calls": [{**CALL, "id": id}]}
    with standins.openai() as client, pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=MODEL, messages=[asked, call])  # type: ignore[list-item]
    item: Any = {"type": "function_call", "call_id": id * 2, "name": "f", "arguments": "{}"}
    with standins.openai() as client, pytest.raises(openai.BadRequestError):
        client.responses.create(model=MODEL, input=[asked, item])  # type: ignore[list-item]


@pytest.mark.parametrize("more", [{"content": []}, {"content": "x", "tool_calls": []}])
def test_an_empty_list_is_refused(standins: Standins, more: Any) -> None:
    message: Any = {"role": "assistant", **more}
    with standins.openai() as client, pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=MODEL, messages=[message])
    assert refused.value.code == "empty_array"
