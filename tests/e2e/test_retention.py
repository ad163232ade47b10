"""What a team's Project keeps, through the whole kit: asked by each environment, and refused if it is anything."""

from __future__ import annotations

from contextlib import AbstractContextManager

import openai
import pytest

from tests.e2e.changed import changed
from tests.e2e.kit import Kit
from tests.e2e.test_openai_sdk import MODEL, user


def anew(kit: Kit) -> AbstractContextManager[None]:
    """Have the team's proxy start anew, as a change of its settings does, and once more afterwards."""
    return changed(kit, {"delay": 1.4})


def test_what_could_be_kept_is_not_sent(kit: Kit) -> None:
    with kit.told(retention="default"), anew(kit):
        before = len(kit.records("atlas"))
        with kit.openai("atlas") as client:
            for stream in (False, True):
                with pytest.raises(openai.InternalServerError) as refused:
                    client.chat.completions.create(model=MODEL, messages=user("say: anything"), stream=stream)
                assert refused.value.code == "retention_not_none"
                assert "make retention" in refused.value.message
        assert kit.requests("mantle") == []
        assert len(kit.requests("models and Projects")) >= 2
        assert [record["retention"] for record in kit.next_records("atlas", before, 2)] == ["default", "default"]
    with kit.told():
        before = len(kit.records("atlas"))
        with kit.openai("atlas") as client:
            client.chat.completions.create(model=MODEL, messages=user("say: hello"))
        (record,) = kit.next_records("atlas", before)
        assert (record["status"], record["retention"]) == (200, "none")


def test_an_answer_that_cannot_be_read_is_in_the_record(kit: Kit) -> None:
    with kit.told(retention="none of your business"), anew(kit):
        before = len(kit.records("atlas"))
        with kit.openai("atlas") as client:
            client.chat.completions.create(model=MODEL, messages=user("say: hello"))
        (record,) = kit.next_records("atlas", before)
        assert (record["status"], record["retention"]) == (200, "unread")
