"""Packs that stop nothing are asked where somebody wants to know, and say what they found."""

import json
from pathlib import Path

import pytest
from aws_cdk import App, Stack, aws_s3

from review.packs import APART
from stacks.opinions import PACKS, write


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What they say of a bucket."""
    file = tmp_path_factory.mktemp("opinions") / "folder" / "opinions.json"
    app = App()
    aws_s3.Bucket(Stack(app, "Some"), "Bucket")
    write(app, file)
    return file


def test_each_pack_says_what_it_found_and_where(written: Path) -> None:
    found = json.loads(written.read_text())
    assert [each["tool"] for each in found] == list(PACKS)
    for each in found:
        assert each["version"]
        assert f"{each['tool']}-S3BucketVersioningEnabled" in {f["rule"] for f in each["findings"]}
        assert {f["where"] for f in each["findings"]} == {"Some/Bucket/Resource"}
        assert not any(f["accepted"] or not f["said"] for f in each["findings"])


def test_the_review_knows_which_packs_stop_nothing() -> None:
    assert {*PACKS, "cfn-lint"} == APART
