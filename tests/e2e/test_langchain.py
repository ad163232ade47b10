"""LangChain against the deployed kit: it keeps the conversation itself, and appends to the messages that it replays."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from tests.e2e.kit import Kit


class Weather(pydantic.BaseModel):
    """The weather of a city."""

    city: str
    days: int = pydantic.Field(ge=1, le=7)


@tool
def weather(city: str, days: int) -> str:
    """The weather of a city."""
    return f"rain in {city} for {days} days"


def chat(kit: Kit, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(
        model="google.gemma-4-31b",
        base_url=kit.base("atlas"),
        api_key=pydantic.SecretStr(kit.token("atlas")),
        max_retries=0,
        **more,
    )


@pytest.mark.parametrize("responses", [False, True])
def test_a_conversation_goes_on_behind_a_tool(quiet: Kit, responses: bool) -> None:
    bound = chat(quiet, use_responses_api=responses).bind_tools([weather])
    history: list[Any] = [HumanMessage('call: weather {"city": "Oslo", "days": 2}')]
    called = bound.invoke(history)
    assert isinstance(called, AIMessage)
    (call,) = called.tool_calls
    assert call["args"] == {"city": "Oslo", "days": 2}
    history += [called, ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])]
    answered = bound.invoke(history)
    assert answered.text == "The tool answered: rain in Oslo for 2 days"
    assert bound.invoke([*history, answered, HumanMessage("say: two")]).text == "two"


def test_an_answer_of_a_schema_can_be_replayed(quiet: Kit) -> None:
    """The message carries what was parsed of it (`parsed`), which OpenAI's API takes in silence."""
    structured = chat(quiet).with_structured_output(Weather, method="json_schema", include_raw=True)
    found: Any = structured.invoke("the weather")
    assert isinstance(found["parsed"], Weather)
    again = chat(quiet).invoke([HumanMessage("the weather"), found["raw"], HumanMessage("say: two")])
    assert again.text == "two"


def test_a_stream(quiet: Kit) -> None:
    pieces = [piece.text for piece in chat(quiet).stream("count: 50")]
    assert "".join(pieces) == " ".join(f"n{n}" for n in range(1, 51))
    assert len(pieces) > 1
