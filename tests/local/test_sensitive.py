"""What the embedded AWS takes for sensitive information: what a person has, and not what a program writes."""

from __future__ import annotations

import pytest

from local import sensitive

GUARDRAIL = {
    "SensitiveInformationPolicy": {
        "piiEntitiesConfig": [{"type": kind, "action": "ANONYMIZE"} for kind in sensitive.KINDS],
        "regexesConfig": [{"name": "ticket", "pattern": "T-[0-9]+", "action": "ANONYMIZE"}],
    },
    "WordPolicy": {"wordsConfig": [{"text": "Nightjar"}]},
}


@pytest.mark.parametrize(
    "text",
    [
        "git revert a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "created_at 1795877812, in ms 1795877812123, in ns 1795877812123456",
        "550e8400-e29b-41d4-a716-446655440000",
        "from -9007199254740991 to 9007199254740991, or 2147483647",
        "on 2026-11-28 at 18:00:00, version 1.24.3-rc.1, port 8080",
        "4111 1111 1111 1112",
        "row\t1234567\t8901234\t5678901",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIx",
    ],
)
def test_what_programs_write_is_nobodys(text: str) -> None:
    found = sensitive.evaluate(GUARDRAIL, "INPUT", text)
    assert (found["masked_text"], found["blocked"], found["assessment"]) == (text, False, {})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +1 202-555-0143 or (202) 555-0143", "call {PHONE} or {PHONE}"),
        ("call 202.555.0143, +49 30 1234567 or 030 1234567", "call {PHONE}, {PHONE} or {PHONE}"),
        ("4111 1111 1111 1111, 378282246310005", "{CREDIT_DEBIT_CARD_NUMBER}, {CREDIT_DEBIT_CARD_NUMBER}"),
        ("a@b.com and c.d@e.co.uk.", "{EMAIL} and {EMAIL}."),
        ("078-05-1120 from 10.0.0.1", "{US_SOCIAL_SECURITY_NUMBER} from {IP_ADDRESS}"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "{AWS_SECRET_KEY}"),
        ("see T-12 and T-13", "see {ticket} and {ticket}"),
    ],
)
def test_what_a_person_has_is_found_each_time(text: str, masked: str) -> None:
    found = sensitive.evaluate(GUARDRAIL, "OUTPUT", text)
    assert (found["masked_text"], found["blocked"]) == (masked, False)
    (policy,) = found["assessment"].values()
    assert sum(len(items) for items in policy.values()) == masked.count("{")


def test_words_block_as_words_and_an_entry_acts_on_its_side_alone() -> None:
    assert sensitive.evaluate(GUARDRAIL, "INPUT", "a NIGHTJAR.")["blocked"]
    assert not sensitive.evaluate(GUARDRAIL, "INPUT", "Nightjars")["blocked"]
    kind = {"type": "EMAIL", "inputAction": "BLOCK", "outputAction": "NONE", "action": "ANONYMIZE"}
    one = {"SensitiveInformationPolicy": {"piiEntitiesConfig": [kind]}}
    assert sensitive.evaluate(one, "INPUT", "a@b.com")["blocked"]
    out = sensitive.evaluate(one, "OUTPUT", "a@b.com")
    assert (out["blocked"], out["masked_text"]) == (False, "a@b.com")
    off = {"SensitiveInformationPolicy": {"piiEntitiesConfig": [{**kind, "inputEnabled": False}]}}
    assert sensitive.evaluate(off, "INPUT", "a@b.com")["assessment"] == {}
