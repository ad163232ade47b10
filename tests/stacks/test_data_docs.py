"""The table of data says nothing that no test shows, and its example of settings is right."""

import re
from functools import cache

import pytest
import yaml

from stacks.settings import Audit
from tests.clone import ROOT
from tests.stacks.assembly import Assembly, resources
from tests.stacks.test_isolation import sources

TEXT = (ROOT / "docs" / "data.md").read_text()
_TEST = re.compile(r"`(test_\w+)::(test_\w+)`")
#: Types that keep data, and a word by which the table speaks of each.
KEEPS = {
    "AWS::Logs::LogGroup": "log groups",
    "AWS::S3::Bucket": "evidence bucket",
    "AWS::SNS::Topic": "the topic",
    "AWS::KinesisFirehose::DeliveryStream": "Firehose",
    "AWS::DynamoDB::Table": "table",
    "AWS::Bedrock::Guardrail": "the guardrail",
}
#: Types that come to keep data, and of which a template that has one without a row is a gap.
_OTHERS = (
    "AWS::SQS::Queue",
    "AWS::Kinesis::Stream",
    "AWS::RDS::DBInstance",
    "AWS::EFS::FileSystem",
    "AWS::SecretsManager::Secret",
)


@cache
def rows() -> list[list[str]]:
    """The table's rows, cell by cell."""
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return cells[1:]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_a_row_is_whole_and_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 7
    assert all(row)
    named = _TEST.findall(row[6])
    assert named, f"nothing is named for: {row[0]}"
    for module, name in named:
        assert re.search(rf"^(async )?def {name}\(", sources()[module], re.MULTILINE), f"{module} has no {name}"


def test_whatever_keeps_data_has_a_row(deployed: Assembly, pinned: Assembly) -> None:
    places = " ".join(row[1] for row in rows())
    for assembly in (deployed, pinned):
        for stack, template in assembly.templates.items():
            assert not [kind for kind in _OTHERS if resources(template, kind)], stack
            for kind, word in KEEPS.items():
                assert not resources(template, kind) or word in places, f"{stack} has {kind}, and no row is about it"


def test_the_example_is_right() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert Audit.model_validate(yaml.safe_load(block)["audit"]).archive == "objects"
