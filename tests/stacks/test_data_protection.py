"""CloudWatch Logs looks for what no line is to hold, in every log of a team, and leaves records as they are.

The embedded AWS masks nothing: this is asserted on the templates.
"""

import json
import re

from tests.clone import ROOT
from tests.stacks.assembly import Assembly, Json, one, resources

SAMPLES = [
    line
    for file in sorted((ROOT / "tests" / "audit" / "samples").glob("v*.jsonl"))
    for line in file.read_text("utf-8").splitlines()
]
TEAMS = ("Cloister-Team-atlas", "Cloister-Team-beacon")


def test_every_log_of_a_team_is_looked_through_and_masked(deployed: Assembly) -> None:
    looked = 0
    for stack in TEAMS:
        for group in resources(deployed.templates[stack], "AWS::Logs::LogGroup").values():
            looked += 1
            policy = group["DataProtectionPolicy"]
            find, mask = policy["Statement"]
            assert find["DataIdentifier"] == mask["DataIdentifier"]
            assert find["Operation"] == {"Audit": {"FindingsDestination": {}}}
            assert mask["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    assert looked == 7


def test_one_find_raises_an_alarm(deployed: Assembly) -> None:
    for stack in TEAMS:
        template = deployed.templates[stack]
        watched = set()
        for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
            if alarm.get("MetricName") != "LogEventsWithFindings":
                continue
            dimensions = {d["Name"]: d["Value"] for d in alarm["Dimensions"]}
            assert dimensions.pop("DataProtectionOperation") == "Audit"
            watched.add(dimensions["LogGroupName"]["Ref"])
            assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
            assert str(alarm["AlarmActions"]).endswith(":Cloister-alarms']]}]")
        assert watched == resources(template, "AWS::Logs::LogGroup").keys()


def test_it_can_be_left_out(pinned: Assembly) -> None:
    for template in pinned.templates.values():
        for group in resources(template, "AWS::Logs::LogGroup").values():
            assert "DataProtectionPolicy" not in group
        alarms = resources(template, "AWS::CloudWatch::Alarm").values()
        assert not [alarm for alarm in alarms if alarm.get("MetricName") == "LogEventsWithFindings"]


#: What makes a card number, without the words beside it that others need
#: (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html).
_ISSUERS = re.compile(
    r"^(4\d{12}(\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6[025]\d{14,17})$"
)
#: Words without one of which AWS finds no secret key and no social security number.
_WORDS = ("aws_secret", "credentials", "secret access", "secret key", "set-awscredential", "ssn", "social security")


def _is_card(digits: str) -> bool:
    doubled = [int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits))]
    return _ISSUERS.match(digits) is not None and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def test_the_check_of_cards_is_one() -> None:
    assert _is_card("4111111111111111")
    assert not _is_card("4111111111111112")
    assert not _is_card("1795899195542"), "milliseconds since 1970"


def test_no_field_of_a_record_looks_like_what_is_looked_for() -> None:
    for line in SAMPLES:
        assert not [digits for digits in re.findall(r"(?<!\d)\d{13,19}(?!\d)", line) if _is_card(digits)]
        assert "PRIVATE KEY" not in line
        assert not [word for word in _WORDS if word in line.lower()], json.loads(line)["record"]


def test_what_records_do_hold_is_not_looked_for(token_team: Json) -> None:
    groups = resources(token_team, "AWS::Logs::LogGroup").values()
    for group in groups:
        names = {arn.rpartition("/")[2] for arn in group["DataProtectionPolicy"]["Statement"][0]["DataIdentifier"]}
        # Who called is often an e-mail address, and where from is an IP address: an auditor needs both.
        assert not names & {"EmailAddress", "IpAddress", "Name", "Address"}
    assert one(token_team, "AWS::BedrockMantle::Project")
