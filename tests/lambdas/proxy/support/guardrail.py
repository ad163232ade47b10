"""A guardrail with one forbidden word and e-mail masking, in ApplyGuardrail's form."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from .tls_server import Handler, Peer, Request

EMAIL = re.compile(r"[a-z]+@[a-z]+\.com")
FORBIDDEN = "Project Nightjar"
BLOCKED_MESSAGE = "The guardrail says no."


def verdict(
    source: str, content: Sequence[dict[str, Any]], *, judges_images: bool = True, overlooked: int = 0
) -> dict[str, Any]:
    """What a guardrail with one forbidden word and e-mail masking says, in ApplyGuardrail's form.

    ``judges_images``: whether a filter of it has the modality; ``overlooked``: images of the call that it misses.
    """
    usage = {"wordPolicyUnits": 0, "sensitiveInformationPolicyUnits": 0}
    texts = [block["text"]["text"] for block in content if "text" in block]
    usage["wordPolicyUnits"] = sum(-(-len(text) // 1000) for text in texts)
    characters = sum(len(text) for text in texts)
    coverage: dict[str, Any] = {"textCharacters": {"guarded": characters, "total": characters}}
    if total := len(content) - len(texts):
        guarded = max(0, total - overlooked) if judges_images else 0
        coverage["images"] = {"guarded": guarded, "total": total}
        usage["contentPolicyImageUnits"] = guarded
    answer: dict[str, Any] = {"usage": usage, "action": "NONE", "outputs": [], "assessments": [{}]}
    answer["guardrailCoverage"] = coverage
    if any(FORBIDDEN in text for text in texts):
        words = {"customWords": [{"match": FORBIDDEN, "action": "BLOCKED", "detected": True}]}
        answer |= {"action": "GUARDRAIL_INTERVENED", "outputs": [{"text": BLOCKED_MESSAGE}]}
        answer["assessments"] = [{"wordPolicy": words}]
    elif any(EMAIL.search(text) for text in texts):
        entities = [
            {"match": span, "type": "EMAIL", "action": "ANONYMIZED", "detected": True}
            for text in texts
            for span in EMAIL.findall(text)
        ]
        answer |= {"action": "GUARDRAIL_INTERVENED"}
        answer["outputs"] = [{"text": EMAIL.sub("{EMAIL}", text)} for text in texts]
        answer["assessments"] = [{"sensitiveInformationPolicy": {"piiEntities": entities, "regexes": []}}]
    return answer


def guard(peer: Peer, request: Request) -> None:
    """Answer one ApplyGuardrail call."""
    body = json.loads(request.body)
    peer.reply(json.dumps(verdict(body["source"], body["content"])).encode())


def guarding(*, judges_images: bool = True, overlooked: int = 0) -> Handler:
    """A guardrail that judges images, or does not, or overlooks some of each call."""

    def handle(peer: Peer, request: Request) -> None:
        body = json.loads(request.body)
        found = verdict(body["source"], body["content"], judges_images=judges_images, overlooked=overlooked)
        peer.reply(json.dumps(found).encode())

    return handle
