"""The version of a guardrail is of the content that its template has.

A version is a copy of the guardrail at the moment when it was made. So the version's description names the digest of
the content that it was made for, and a change of the content that makes no new version is seen here.
https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-deploy.html
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.resolve import UnreadableError
from review.rules.facts import of
from review.rules.rule import Rule, controls, each

Json = Any
_SAID = re.compile(r"content ([0-9a-f]{12})")
#: What decides a verdict, or is said of one.
_CONTENT = (
    *("BlockedInputMessaging", "BlockedOutputsMessaging", "ContentPolicyConfig", "WordPolicyConfig"),
    *("SensitiveInformationPolicyConfig", "TopicPolicyConfig", "ContextualGroundingPolicyConfig"),
)


@each("AWS::Bedrock::GuardrailVersion")
def _check(deployment: Deployment, version: Resource) -> str:
    named = deployment.resolver.of(version, "GuardrailIdentifier")
    guardrails = [
        guardrail
        for guardrail in deployment.assembly.of_type("AWS::Bedrock::Guardrail")
        if named
        in (
            deployment.resolver.reference(guardrail.id, guardrail.stack),
            deployment.resolver.attribute(guardrail.id, "GuardrailId", guardrail.stack),
            deployment.resolver.attribute(guardrail.id, "GuardrailArn", guardrail.stack),
        )
    ]
    if len(guardrails) != 1:
        raise UnreadableError(f"{version.place} is of the guardrail {named}, which no template makes")
    said = _SAID.search(str(deployment.resolver.of(version, "Description")))
    if said is None:
        return "its description names no digest of the content that it is of"
    made = digest(of(deployment, guardrails[0]))
    return "" if said[1] == made else f"it is of the content {said[1]}, and the template has {made}"


def digest(properties: Json) -> str:
    """The digest of a guardrail's content: the first 12 letters of SHA-256 over its JSON, in the API's letter case.

    Example
    -------
    >>> digest({"BlockedInputMessaging": "No."})
    'bed4753a0849'
    """
    content = {name: properties[name] for name in _CONTENT if name in properties}
    text = json.dumps(_as_the_api(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _as_the_api(value: Json) -> Json:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _as_the_api(item) for key, item in value.items()}
    return [_as_the_api(item) for item in value] if isinstance(value, list) else value


RULE = Rule(
    id="version-is-of-this-content",
    title="The version of a guardrail is of the content that its template has",
    why="requests are judged by the version: topics, words and filters that only the guardrail has judge nothing",
    severity="high",
    fix="make a new version when the content changes, with 'content ' and its digest in the description",
    source="https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-deploy.html",
    controls=controls(nist="CM-3 SI-7", owasp="LLM01", soc2="CC8.1", aws="AI-01", iso="A.6.2.6"),
    check=_check,
)
