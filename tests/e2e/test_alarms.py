"""Alarms, from real requests: they are raised and told once, and told when it is over.

The embedded AWS reads no metric out of a log and does not evaluate alarms as AWS does: `local.watch` computes both from
the records of the requests that are sent here. It tells the embedded AWS the states, which does the rest itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from local.alarms import described, judge
from local.watch.metrics import Metrics
from tests.e2e.kit import Kit
from tests.e2e.test_openai_sdk import MODEL, user

PERIOD = 300


class Topic:
    """The deployment's topic, as a subscriber hears it."""

    def __init__(self, kit: Kit) -> None:
        self._sqs = kit.aws("sqs")
        self._url = self._sqs.create_queue(QueueName="alarms-heard")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        kit.aws("sns").subscribe(TopicArn=kit.outputs("Audit")["AlarmTopic"], Protocol="sqs", Endpoint=arn)

    def heard(self) -> list[tuple[str, str]]:
        """Alarms and the states that they have come to, since it was last asked."""
        found = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                told = json.loads(json.loads(message["Body"])["Message"])
                found.append((told["AlarmName"], told["NewStateValue"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture
def topic(kit: Kit) -> Iterator[Topic]:
    made = Topic(kit)
    judge(kit.aws("cloudwatch"), Metrics([]), time.time())
    made.heard()
    yield made
    judge(kit.aws("cloudwatch"), Metrics([]), time.time())


def fail(kit: Kit, requests: int, **control: Any) -> list[str]:
    """Send requests while the stand-ins do something, and return their records as they were written."""
    before = len(kit.records("atlas"))
    with kit.told(**control), kit.openai("atlas") as client:
        for _ in range(requests):
            with pytest.raises(openai.APIStatusError):
                client.chat.completions.create(model=MODEL, messages=user("say: hello"))
    return [json.dumps(record) for record in kit.next_records("atlas", before, requests)]


def earlier(lines: list[str], seconds: int) -> list[str]:
    """The same records, of requests that came earlier."""
    found = []
    for line in lines:
        record = json.loads(line)
        record["_aws"]["Timestamp"] -= seconds * 1000
        found.append(json.dumps(record))
    return found


def states(kit: Kit) -> dict[str, str]:
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in described(kit.aws("cloudwatch"))}


def test_a_fault_of_the_deployment_is_told_at_once_and_its_end(kit: Kit, topic: Topic) -> None:
    lines = fail(kit, 2, fail=[{"status": 403}] * 2)
    now = time.time() + 1
    undecided = judge(kit.aws("cloudwatch"), Metrics(lines), now)
    found = states(kit)
    assert found["Cloister-atlas-proxy-errors"] == found["Cloister-atlas-failing"] == "ALARM"
    assert {name for name, state in found.items() if state == "ALARM"} == {
        "Cloister-atlas-proxy-errors",
        "Cloister-atlas-failing",
    }
    assert topic.heard() == [("Cloister-atlas-failing", "ALARM")]
    # What cannot be told here is said, and left alone: bands, and what Lambda and Route 53 measure.
    assert "Cloister-atlas-latency" in undecided
    assert "Cloister-atlas-function-errors" in undecided

    judge(kit.aws("cloudwatch"), Metrics(lines), now + PERIOD)
    assert states(kit)["Cloister-atlas-failing"] == "OK"
    assert topic.heard() == [("Cloister-atlas-failing", "OK")]


def test_a_fault_of_the_model_is_told_once_for_all_teams(kit: Kit, topic: Topic) -> None:
    lines = fail(kit, 6, outage=["mantle"])
    now = time.time() + 1
    judge(kit.aws("cloudwatch"), Metrics(lines), now)
    assert states(kit)["Cloister-atlas-upstream-errors"] == "OK", "one period of five minutes is not yet a fault"
    longer = Metrics([*earlier(lines, PERIOD), *lines])
    judge(kit.aws("cloudwatch"), longer, now)
    found = states(kit)
    assert found["Cloister-atlas-services"] == found["Cloister-platform-services"] == "ALARM"
    heard = topic.heard()
    assert ("Cloister-platform-services", "ALARM") in heard

    judge(kit.aws("cloudwatch"), longer, now + 2 * PERIOD)
    found = states(kit)
    assert found["Cloister-atlas-services"] == found["Cloister-platform-services"] == "OK"
    assert ("Cloister-platform-services", "OK") in topic.heard()
