"""`AWS::Bedrock::Guardrail`: the draft of a guardrail, evaluated by ministack's `ApplyGuardrail`.

Words, regular expressions and the kinds of PII that a pattern can tell are evaluated for real; content filters and
topics need Bedrock's own models and are stored only. Phrases stand for prompt attacks (`local.bedrock.attacks`).
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-bedrock-guardrail.html
"""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from local.types.emulator import Created, Properties, answer, camel, service

NAME = "AWS::Bedrock::Guardrail"
REPLACING = ()

_POLICIES = (
    "TopicPolicyConfig",
    "ContentPolicyConfig",
    "WordPolicyConfig",
    "SensitiveInformationPolicyConfig",
    "ContextualGroundingPolicyConfig",
)
_ALPHABET = string.ascii_lowercase + string.digits


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Create the guardrail; `Ref` is its ARN."""
    bedrock = service("bedrock")
    made = answer(bedrock._create_guardrail(_request(properties)))
    # The documented form of an id is [a-z0-9]+; ministack's own ("gr-…") would not pass a check for it.
    record = bedrock._guardrails.pop(made["guardrailId"])
    identifier = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    record["GuardrailId"] = identifier
    record["GuardrailArn"] = bedrock._guardrail_arn(identifier)
    bedrock._guardrails[identifier] = record
    bedrock._tags.pop(made["guardrailArn"], None)
    _tag(record["GuardrailArn"], properties)
    return record["GuardrailArn"], _attributes(record)


def update(physical_id: str, old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the draft in place; versions that were made of it keep what they had."""
    bedrock = service("bedrock")
    answer(bedrock._update_guardrail(physical_id, _request(new, dropped=frozenset(old) - frozenset(new))))
    _tag(physical_id, new)
    return physical_id, _attributes(_record(physical_id))


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the guardrail with all its versions."""
    bedrock = service("bedrock")
    bedrock._delete_guardrail(physical_id, {})
    bedrock._tags.pop(physical_id, None)


def _request(properties: Properties, dropped: frozenset[str] = frozenset()) -> bytes:
    body = {name: properties[name] for name in _POLICIES if properties.get(name) is not None}
    body |= {name: None for name in _POLICIES if name in dropped}
    request: dict[str, Any] = camel(body)
    request["name"] = properties["Name"]
    request["description"] = properties.get("Description", "")
    request["blockedInputMessaging"] = properties["BlockedInputMessaging"]
    request["blockedOutputsMessaging"] = properties["BlockedOutputsMessaging"]
    request["kmsKeyId"] = properties.get("KmsKeyArn")
    return json.dumps(request).encode()


def _tag(arn: str, properties: Properties) -> None:
    service("bedrock")._tags[arn] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}


def _record(arn: str) -> dict[str, Any]:
    return next(record for record in service("bedrock")._guardrails.values() if record["GuardrailArn"] == arn)


def _attributes(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "GuardrailArn": record["GuardrailArn"],
        "GuardrailId": record["GuardrailId"],
        "Version": record["Version"],
        "Status": record["Status"],
        "StatusReasons": [],
        "FailureRecommendations": [],
        "CreatedAt": record["CreatedAt"],
        "UpdatedAt": record["UpdatedAt"],
    }
