"""A budget, through the whole kit: the deployed function and a table of the embedded AWS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.e2e.changed import changed
from tests.e2e.kit import Kit
from tests.e2e.test_openai_sdk import MODEL, user
from tests.waiting import until

TABLE = "cloister-e2e-ledger"
#: Nano-USD of an output token; all else is free, so that a request's worst case is known to the last of them.
TOKEN = 1000
LIMIT = 60
AT_ONCE = 6


@pytest.fixture(scope="module")
def spending(kit: Kit) -> Iterator[Kit]:
    """The kit, with a budget for team atlas in which one request fits, as its stack sets it."""
    dynamodb = kit.aws("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    told = {
        "prices": {
            "models": {MODEL: {tier: [0, TOKEN * 1000] for tier in ("default", "flex")}},
            "guardrail": {"content": 0, "topics": 0, "pii": 0, "words": 0, "images": 0},
        },
        "budget": {"month": LIMIT * TOKEN},
        "ledger_table": TABLE,
    }
    with changed(kit, told):
        yield kit


def month(kit: Kit) -> dict[str, Any]:
    """The only item of the ledger."""
    (item,) = kit.aws("dynamodb").scan(TableName=TABLE)["Items"]
    return dict(item)


def test_of_parallel_first_requests_one_takes_what_there_is(spending: Kit) -> None:
    """Each may cost all of the budget, so there is room for one, whenever the others come."""
    before = len(spending.records("atlas"))
    said: list[tuple[int, str]] = []
    start = threading.Barrier(AT_ONCE)

    def ask() -> None:
        with spending.openai("atlas") as client:
            start.wait()
            try:
                client.chat.completions.create(model=MODEL, messages=user("say: Mine."), max_tokens=LIMIT)
                said.append((200, ""))
            except openai.RateLimitError as refused:
                said.append((refused.status_code, str(refused.code)))

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [(200, ""), *[(429, "insufficient_quota")] * (AT_ONCE - 1)]
    records = spending.next_records("atlas", before, AT_ONCE)
    (answered,) = [record for record in records if record["status"] == 200]
    # Settled behind the answer: it may not have been yet.
    until(lambda: not [name for name in month(spending) if name.startswith("r:")], "it is not settled")
    item = month(spending)
    spent = answered["output_tokens"] * TOKEN
    assert 0 < spent < LIMIT * TOKEN
    assert item["committed"] == item["spent"] == {"N": str(spent)}
    assert answered["usd"] == {"model": spent / 1e9, "guardrail": 0.0}


def test_the_ledger_that_does_not_answer_is_a_refusal(spending: Kit) -> None:
    with spending.told(outage=["dynamodb"]), spending.openai("atlas") as client:
        with pytest.raises(openai.InternalServerError) as refused:
            client.chat.completions.create(model=MODEL, messages=user("say: Mine."), max_tokens=10)
        assert (refused.value.status_code, refused.value.code) == (503, "ledger_unavailable")
        assert not [seen for seen in spending.requests("mantle") if seen["method"] == "POST"]


def test_the_ledger_is_written_by_the_functions_role_in_one_write(spending: Kit) -> None:
    with spending.told(), spending.openai("atlas") as client:
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model=MODEL, messages=user("say: Mine."), max_tokens=LIMIT)
        (asked,) = spending.requests("dynamodb")
    assert (asked["method"], asked["status"]) == ("POST", 400)
    role = spending.aws("lambda").get_function(FunctionName=spending.outputs("Team-atlas")["ProxyFunction"])
    assert f":assumed-role/{role['Configuration']['Role'].rpartition('/')[2]}/" in asked["caller"]
