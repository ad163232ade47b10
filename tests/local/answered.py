"""The questions of ``teams/examples`` that wait in a queue, answered once as EventBridge would have it."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.kit import Kit
from tests.local.summarised import run

ANSWERING = "Cloister-Team-answers-Answering"
OPENED = "  - queue: acme-questions\n    team: answers\n  - queue: acme-answers\n    team: answers\n"
_SECRET = "Wisteria"


def questions_are_answered_once_each(kit: Kit, sqs: Any) -> None:
    """A question is answered, once; one that the guardrail blocks stays, and is put aside in the end."""
    questions, answers = (sqs.get_queue_url(QueueName=f"acme-{name}")["QueueUrl"] for name in ("questions", "answers"))
    asked = sqs.send_message(QueueUrl=questions, MessageBody=f"When does {_SECRET} bloom?")["MessageId"]
    sqs.send_message(QueueUrl=questions, MessageBody=f"{_SECRET} is Project Nightjar.")
    assert run(kit, ANSWERING) == {"answered": 1, "failed": 1}
    (message,) = sqs.receive_message(QueueUrl=answers, MaxNumberOfMessages=10)["Messages"]
    answer = json.loads(message["Body"])
    assert answer["to"] == asked
    assert "google.gemma-4-e2b" in answer["answer"], "what the stand-in for the model says names it"
    assert run(kit, ANSWERING) == {"answered": 0, "failed": 0}, "the one is done, and the other hidden for a while"
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=questions, AttributeNames=names)["Attributes"]
    assert [left[name] for name in names] == ["0", "1"]
    written = (kit.state.records / f"{ANSWERING}.log").read_text()
    assert '"answered": 1' in written
    assert not [word for word in (_SECRET, "Nightjar") if word in written]
