"""A service is a row: its names are right, its policy is said, and the documentation has it."""

import doctest

import pytest

from stacks import services
from stacks.services import SERVICES, Service, by_name, private_names
from tests.clone import ROOT
from tests.stacks.deployments import IMAGES, MODES, OPENED, SIGNED, settings
from tests.stacks.promised import ALWAYS, UNUSED
from tests.stacks.promised import IMAGES as S3
from tests.stacks.promised import QUEUES as SQS
from tests.stacks.promised import SIGNING as KMS


def test_examples_hold() -> None:
    result = doctest.testmod(services)
    assert (result.attempted > 0, result.failed) == (True, 0)


def test_each_row_is_another_service() -> None:
    assert len({row.name for row in SERVICES}) == len({row.id for row in SERVICES}) == len(SERVICES)
    assert {row.name for row in SERVICES} == {*ALWAYS, *UNUSED, S3, KMS, SQS, "dynamodb"}


def test_a_row_holds_together() -> None:
    assert len([row for row in SERVICES if row.serves_callers]) == 1
    for row in SERVICES:
        assert bool(row.reached) == bool(row.hosts), f"{row.name} is reached by a name, or by nobody"
        assert row.private_dns or row.hosts, f"{row.name} needs names to make zones for"
        calls = {reached.by for reached in row.reached} & {"proxies", "authorizers", "extensions"}
        assert bool(row.stand_in) == bool(calls), f"{row.name} needs a stand-in, because functions call it"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, set(ALWAYS)),
        (IMAGES, {*ALWAYS, S3}),
        (OPENED, {*ALWAYS, S3, SQS}),
        ({"extensions": OPENED["extensions"][:1]}, {*ALWAYS, S3}),
        ({"extensions": OPENED["extensions"][2:]}, {*ALWAYS, SQS}),
        (SIGNED, {*ALWAYS, KMS}),
        (MODES["Wide"], {*ALWAYS, *UNUSED}),
        (MODES["Hub"], set(ALWAYS)),
        (MODES["Existing"], set(ALWAYS)),
    ],
)
def test_a_setting_asks_for_what_is_not_always_there(changes: dict[str, object], wanted: set[str]) -> None:
    deployment = settings(changes).deployment
    assert {row.name for row in SERVICES if row.wanted(deployment)} == wanted


def test_names_are_those_of_named_buckets_and_of_one_region() -> None:
    assert private_names([*ALWAYS, *UNUSED, S3], "us-east-1") == sorted(
        name for promise in ALWAYS.values() for name in promise.names
    )
    assert private_names([S3], "eu-central-1", ["b", "a"]) == [
        "a.s3.eu-central-1.amazonaws.com",
        "b.s3.eu-central-1.amazonaws.com",
    ]
    assert private_names(["ssm"], "us-east-1") == by_name("ssm").names("us-east-1") == [], "no row, no name"


def row_of(service: Service) -> str:
    """The line of a service in the documentation's table."""
    who = ", ".join(sorted({reached.by for reached in service.reached})) or "nobody"
    names = ", ".join(f"`{host}`" for host in service.hosts) or "none"
    if service.own_name:
        names += "; in mode `existing` the endpoint's own name"
    there = f"when {service.asked_when}".replace("'", "`") if service.asking else "always"
    return f"| `{service.name}` | {service.kind} | {who} | {names} | {there} |"


def test_the_documentation_has_each_service_and_no_other() -> None:
    text = (ROOT / "docs" / "network.md").read_text()
    table = text.partition("| Service | Endpoint |")[2].partition("\n\n")[0].splitlines()[2:]
    assert table == [row_of(service) for service in SERVICES]
