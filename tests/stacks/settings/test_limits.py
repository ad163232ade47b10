"""What the settings allow is what AWS allows, held against the service models that botocore ships."""

import re
from typing import Any, get_args

import botocore.session
import pytest

from stacks.settings import Deployment
from stacks.settings.deployment import RETENTIONS
from stacks.settings.guardrail import Filter, Guardrail, Pii, Strength, Topic


@pytest.fixture(scope="module")
def guardrail() -> Any:
    """Bedrock's CreateGuardrail."""
    return botocore.session.get_session().get_service_model("bedrock").operation_model("CreateGuardrail").input_shape


def properties(model: type[Guardrail | Topic]) -> dict[str, Any]:
    """The model's fields in its JSON Schema."""
    found: dict[str, Any] = model.model_json_schema()["properties"]
    return found


def test_every_kind_of_personal_data_is_known(guardrail: Any) -> None:
    entities = guardrail.members["sensitiveInformationPolicyConfig"].members["piiEntitiesConfig"]
    assert list(get_args(Pii)) == entities.member.members["type"].enum


def test_every_content_filter_is_known(guardrail: Any) -> None:
    filters = guardrail.members["contentPolicyConfig"].members["filtersConfig"].member.members
    assert {name.upper() for name in get_args(Filter)} | {"PROMPT_ATTACK"} == set(filters["type"].enum)
    assert [name.upper() for name in get_args(Strength)] == filters["inputStrength"].enum


def test_words_keep_to_the_limits(guardrail: Any) -> None:
    words = guardrail.members["wordPolicyConfig"].members["wordsConfig"]
    field = properties(Guardrail)["words"]
    assert field["maxItems"] == words.metadata["max"]
    assert field["items"]["maxLength"] == words.member.members["text"].metadata["max"]


def test_topics_keep_to_the_limits(guardrail: Any) -> None:
    topics = guardrail.members["topicPolicyConfig"].members["topicsConfig"]
    assert properties(Guardrail)["topics"]["maxItems"] == topics.metadata["max"]
    field, shape = properties(Topic), topics.member.members
    assert field["name"]["maxLength"] == shape["name"].metadata["max"]
    assert field["definition"]["maxLength"] == shape["definition"].metadata["max"]
    assert field["examples"]["maxItems"] == shape["examples"].metadata["max"]
    assert field["examples"]["items"]["maxLength"] == shape["examples"].member.metadata["max"]
    name = re.compile(field["name"]["pattern"])
    allowed = re.compile(f"^(?:{shape['name'].metadata['pattern']})$")
    for code in range(0x250):
        assert bool(name.match(chr(code))) == bool(allowed.match(chr(code))), f"U+{code:04X}"


def test_retention_is_what_cloudwatch_logs_takes() -> None:
    shape = botocore.session.get_session().get_service_model("logs").operation_model("PutRetentionPolicy").input_shape
    text = re.sub(r"<.*?>", "", shape.members["retentionInDays"].documentation)
    listed = re.search(r"Possible values are: ([\d, and]+)\.", text)
    assert listed is not None
    assert [int(days) for days in re.findall(r"\d+", listed[1])] == list(RETENTIONS)


def test_the_schema_offers_the_same_retentions() -> None:
    audit = Deployment.model_json_schema()["$defs"]["Audit"]["properties"]
    assert audit["retention_days"]["enum"] == list(RETENTIONS)
