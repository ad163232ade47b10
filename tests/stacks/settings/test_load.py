"""What is right is read as it stands, and cannot be changed afterwards."""

import string
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from stacks.settings import Caller, Clients, Deployment, SettingsError, Team, load
from stacks.settings.deployment import RETENTIONS
from stacks.settings.guardrail import Filter, Pii
from stacks.settings.source import read
from stacks.settings.validate import validate
from tests.clone import ROOT


def test_every_file_is_read(root: Path) -> None:
    found = load(root)
    assert found.deployment.name == "Cloister"
    assert found.deployment.network.zones == ("us-east-1a", "us-east-1b")
    assert found.deployment.guardrail.content["hate"] == "high"
    assert found.deployment.guardrail.pii["EMAIL"] == "mask"
    assert found.deployment.signing_name == "bedrock-mantle"
    assert [(team.name, team.access) for team in found.teams] == [("atlas", "token"), ("beacon", "iam")]


def test_a_team_is_a_file(root: Path) -> None:
    text = (root / "teams" / "beacon.yaml").read_text()
    (root / "teams" / "comet.yaml").write_text(text.replace("name: beacon", "name: comet"))
    assert [team.name for team in load(root).teams] == ["atlas", "beacon", "comet"]


def test_the_choices_in_the_documentation_are_choices(root: Path) -> None:
    text = (ROOT / "docs" / "guardrails.md").read_text()
    examples = [block.removeprefix("yaml\n") for block in text.split("```") if block.startswith("yaml\n")]
    assert len(examples) == 2
    with (root / "teams" / "atlas.yaml").open("a", encoding="utf-8") as file:
        file.write("".join(examples))
    atlas, _ = load(root).teams
    assert atlas.guardrail.pii == {"EMAIL": "block", "NAME": "mask"}
    assert (atlas.guarding.input, atlas.structured_output, len(atlas.fallbacks)) == ("strict", "error", 2)


def test_a_caller_is_named_by_role_or_by_arn() -> None:
    assert Caller(role="dev").arn("123456789012", "aws-us-gov") == "arn:aws-us-gov:iam::123456789012:role/dev"
    sso = "arn:aws:iam::210987654321:role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_dev_0123456789abcdef"
    assert Caller(role=sso).arn("123456789012") == sso


def test_a_region_where_no_project_can_be_made_asks_for_one(root: Path) -> None:
    file = root / "cloister.yaml"
    file.write_text(file.read_text().replace("us-east-1", "eu-central-1"))
    with pytest.raises(SettingsError) as refused:
        load(root)
    cure = "make one with `make project TEAM=atlas`, and add the 'project: proj_…' that it prints"
    assert cure in str(refused.value)
    assert cure in (ROOT / "docs" / "regions.md").read_text()
    for name in ("atlas", "beacon"):
        with (root / "teams" / f"{name}.yaml").open("a") as team:
            team.write(f"project: proj_{name}\n")
    assert [team.project for team in load(root).teams] == ["proj_atlas", "proj_beacon"]


def test_nothing_can_be_changed(root: Path) -> None:
    found: Any = load(root)
    with pytest.raises(FrozenInstanceError):
        found.teams = ()
    with pytest.raises(ValidationError, match="frozen"):
        found.deployment.region = "eu-central-1"
    with pytest.raises(TypeError, match="mappingproxy"):
        found.deployment.guardrail.pii["EMAIL"] = "block"


@pytest.mark.parametrize(("region", "partition"), [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov")])
def test_the_partition_follows_from_the_region(root: Path, region: str, partition: str) -> None:
    assert load(root).deployment.model_copy(update={"region": region}).partition == partition


def test_a_range_of_clients_is_named_once() -> None:
    groups = ({"id": "sg-0123abcd", "cidr": "10.1.0.0/16"}, {"id": "sg-4567abcd"})
    clients = Clients.model_validate({"security_groups": groups, "cidrs": ("10.2.0.0/16", "10.1.0.0/16")})
    assert clients.ranges == ("10.2.0.0/16", "10.1.0.0/16")


def names(maximum: int) -> st.SearchStrategy[str]:
    return st.text(string.ascii_lowercase, min_size=1, max_size=maximum)


# No surrogates: UTF-8 has none. No control characters: YAML takes few of them, and a line has none.
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=100).filter(
    lambda text: bool(text.strip()) and all(yaml.reader.Reader.NON_PRINTABLE.match(c) is None for c in text)
)
STRENGTH = st.sampled_from(["none", "low", "medium", "high"])
#: What a guardrail and a team's additions to it have in common.
RULES: dict[str, st.SearchStrategy[Any]] = {
    "words": st.lists(names(100), max_size=5, unique=True),
    "pii": st.dictionaries(st.sampled_from(get_args(Pii)), st.sampled_from(["block", "mask"])),
    "regexes": st.lists(
        st.fixed_dictionaries(
            {"name": names(60), "pattern": names(40), "action": st.sampled_from(["block", "mask"])},
        ),
        max_size=2,
        unique_by=lambda regex: str(regex["name"]),
    ),
    "topics": st.lists(
        st.fixed_dictionaries(
            {"name": names(100), "definition": LINE, "examples": st.lists(LINE, max_size=5, unique=True)}
        ),
        max_size=3,
        unique_by=lambda topic: str(topic["name"]),
    ),
}
GUARDRAIL = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["classic", "standard"]),
        "acknowledge_cross_region": st.sampled_from([None, "us", "eu"]),
        "prompt_attack": STRENGTH,
        "content": st.fixed_dictionaries(dict.fromkeys(get_args(Filter), STRENGTH)),
        "text_units": st.dictionaries(
            st.sampled_from(["content", "topics", "pii", "words"]), st.integers(25, 100_000), max_size=4
        ),
        **RULES,
    }
)
ADDITIONS = st.fixed_dictionaries(
    {
        "content": st.dictionaries(st.sampled_from(get_args(Filter)), STRENGTH),
        "prompt_attack": st.none() | STRENGTH,
        **RULES,
    }
)
CIDR = st.sampled_from(["10.0.0.0/16", "172.31.0.0/20", "192.168.1.0/24"])
ZONES = st.sampled_from("abcdef").map(lambda letter: f"us-east-1{letter}")


def ids(kind: str) -> st.SearchStrategy[str]:
    return st.from_regex(f"{kind}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", fullmatch=True)


ENDPOINTS = st.lists(ids("vpce"), max_size=2, unique=True)
CLIENTS = st.fixed_dictionaries(
    {
        "endpoints": ENDPOINTS,
        "security_groups": st.lists(
            st.fixed_dictionaries({"id": ids("sg"), "cidr": st.sampled_from([None, "10.1.0.0/16"])}),
            max_size=2,
            unique_by=lambda group: str(group["id"]),
        ),
        "cidrs": st.lists(CIDR, max_size=2, unique=True),
    }
)
WIDER = {"clients": CLIENTS, "all_bedrock_endpoints": st.booleans()}
GIVEN = {
    "vpc": ids("vpc"),
    "cidr": CIDR,
    "subnets": st.lists(
        st.fixed_dictionaries({"id": ids("subnet"), "zone": ZONES}),
        min_size=2,
        unique_by=lambda subnet: str(subnet["zone"]),
    ),
    "subnets_account": st.sampled_from([None, "444455556666"]),
    "flow_logs": st.sampled_from(["here", "elsewhere"]),
    "dns_firewall": st.sampled_from(["here", "elsewhere"]),
}
EXISTING = GIVEN | WIDER | {"mode": st.just("existing")}
REACH = st.one_of(ids("sg"), ids("pl"))
HUB = GIVEN | {
    "mode": st.just("hub"),
    "endpoints": st.fixed_dictionaries(
        {
            "execute_api": ids("vpce"),
            "bedrock_mantle": REACH,
            "bedrock_runtime": REACH,
            "sts": REACH,
            "execute_api_reach": st.none() | REACH,
            "s3": st.none() | REACH,
            "sqs": st.none() | REACH,
            "dynamodb": st.none() | REACH,
            "kms": st.none() | REACH,
        }
    ),
    "clients": st.fixed_dictionaries({"endpoints": ENDPOINTS}),
}


def made(mode: str, zones: int) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(ZONES, min_size=zones, max_size=1 if zones == 1 else 6, unique=True)
    return st.fixed_dictionaries(WIDER | {"mode": st.just(mode), "cidr": CIDR, "zones": several})


BUCKET = names(50).map(lambda name: f"images-{name}")
KEY = st.uuids().map(lambda key: f"arn:aws:kms:us-east-1:123456789012:key/{key}")
PREFIX = st.text(string.ascii_letters + string.digits + "!_-'()", min_size=1, max_size=20).map(lambda name: f"{name}/")
PLACE = st.builds(str.__add__, BUCKET, st.just("") | st.builds("/{}{}".format, PREFIX, st.just("") | PREFIX))
BUDGET = st.fixed_dictionaries(
    {
        "usd_per_month": st.floats(0.001, 10_000_000),
        "tokens_per_minute": st.none() | st.integers(1000, 1_000_000_000),
        "in_flight": st.none() | st.integers(1, 1000),
        "per_caller": st.none()
        | st.fixed_dictionaries({"percent": st.integers(1, 100), "by": st.sampled_from(["session", "role"])}),
        "instead": st.lists(
            st.fixed_dictionaries({"model": names(40), "tier": st.none() | st.just("flex")}),
            max_size=2,
            unique_by=lambda item: (item["model"], item["tier"]),
        ),
    }
)
TAGS = st.dictionaries(names(20).map(lambda name: f"tag-{name}"), names(40), max_size=3)
DEPLOYMENT = st.fixed_dictionaries(
    {
        "name": names(20),
        "region": st.just("us-east-1"),
        "account": st.one_of(st.none(), st.from_regex(r"[0-9]{12}", fullmatch=True)),
        "beside": st.lists(names(20), max_size=3, unique=True),
        "permissions_boundary": st.none() | names(40),
        "auditors": st.lists(names(64), max_size=3, unique=True),
        "administrators": st.lists(names(64), max_size=3, unique=True),
        "protection": st.booleans(),
        "organization": st.one_of(st.none(), st.from_regex(r"o-[a-z0-9]{10,32}", fullmatch=True)),
        "network": st.one_of(
            made("isolated", 2), made("development", 1), st.fixed_dictionaries(EXISTING), st.fixed_dictionaries(HUB)
        ),
        "audit": st.fixed_dictionaries(
            {
                "retention_days": st.sampled_from(RETENTIONS),
                "data_events": st.booleans(),
                "management_events": st.sampled_from(["here", "elsewhere"]),
                "api_gateway_role": st.sampled_from(["here", "elsewhere"]),
                "object_lock": st.sampled_from(["none", "governance", "compliance"]),
                "data_protection": st.booleans(),
                "archive": st.sampled_from(["none", "objects"]),
                "sign_records": st.booleans(),
                "digest_requests": st.booleans(),
            }
        ).map(lambda audit: audit | {"sign_records": audit["sign_records"] or audit["digest_requests"]}),
        "alarms": st.fixed_dictionaries(
            {
                "email": st.lists(names(20).map(lambda name: f"{name}@example.com"), max_size=3, unique=True),
                "runbooks": st.sampled_from(["docs/runbooks", "https://git.example.com/cloister/runbooks"]),
            }
        ),
        "dashboards": st.sampled_from(["teams", "platform", "none"]),
        "guardrail": GUARDRAIL,
        "signing_name": st.sampled_from(["bedrock-mantle", "bedrock"]),
        "retention": st.sampled_from([None, "reported", "required", "proved"]),
        "extensions": st.lists(
            st.fixed_dictionaries({"bucket": BUCKET, "queue": st.none(), "team": names(20)})
            | st.fixed_dictionaries({"bucket": st.none(), "queue": names(20), "team": names(20)}),
            max_size=3,
            unique_by=lambda entry: (entry["bucket"], entry["queue"]),
        ),
        "images": st.lists(
            st.fixed_dictionaries({"bucket": BUCKET, "key": st.none() | KEY}),
            max_size=3,
            unique_by=lambda entry: str(entry["bucket"]),
        ),
        "company": st.fixed_dictionaries(
            {
                "tags": TAGS,
                "mandatory_tags": st.just([]),
                "role_prefix": st.none(),
                "logs_key": st.none() | KEY,
            }
        ),
        "budgets": st.booleans(),
        "archives": st.just([]),
        "prices": st.none(),  # it has a date, which JSON has not
    }
)
FALLBACK: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"instead_of": st.none() | names(40), "model": names(40), "tier": st.just("flex")}
)
FALLBACKS = st.lists(FALLBACK, max_size=3, unique_by=lambda item: (item["instead_of"], item["model"]))
TEAM = st.fixed_dictionaries(
    {
        "name": names(20),
        "owner": names(100),
        "contact": names(20).map(lambda name: f"{name}@example.com"),
        "access": st.sampled_from(["iam", "token"]),
        "callers": st.lists(names(64).map(lambda role: {"role": role}), min_size=1, max_size=5, unique_by=str),
        "models": st.lists(names(40), min_size=1, max_size=5, unique=True),
        "tiers": st.lists(st.sampled_from(["default", "flex", "priority"]), min_size=1, unique=True),
        "project": st.none() | names(20).map(lambda name: f"proj_{name}"),
        "guarding": st.fixed_dictionaries(
            {
                "input": st.sampled_from(["strict", "overlap"]),
                "history": st.sampled_from(["each_time", "once"]),
                "delay": st.floats(0.1, 10),
                "prompt_attacks": st.sampled_from(["users_and_tools", "everything"]),
                "disguises": st.booleans(),
                "arguments": st.sampled_from(["mask", "block"]),
            }
        ),
        "tags": TAGS,
        "guardrail": ADDITIONS,
        "structured_output": st.sampled_from(["error", "retry"]),
        "fallbacks": FALLBACKS,
        "images": st.lists(PLACE, max_size=3, unique=True),
        "budget": st.none() | BUDGET,
        "archive": st.none(),
        "identity": st.fixed_dictionaries({"session_name": st.sampled_from(["any", "required"])}),
    }
)


@pytest.mark.parametrize(("model", "strategy"), [(Deployment, DEPLOYMENT), (Team, TEAM)])
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, model: type[Deployment | Team], strategy: st.SearchStrategy[Any]
) -> None:
    path = tmp_path_factory.mktemp("written") / "file.yaml"

    @settings(max_examples=60, deadline=None)
    @given(strategy)
    def check(data: dict[str, Any]) -> None:
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        mistakes: list[Any] = []
        document = read(path, "file.yaml", mistakes)
        assert document is not None
        value = validate(model, document, mistakes)
        assert not mistakes
        assert value is not None
        assert value.model_dump(mode="json") == data
        assert model.model_validate(document.data) == value

    check()


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("{}[]&*!|>'\"#%@`:,?- \n\tab<\\0", max_size=60).map(str.encode)))
def test_no_file_makes_anything_but_a_report(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any", numbered=True)
    (folder / "cloister.yaml").write_bytes(data)
    with pytest.raises(SettingsError, match=r"^\d+ mistakes in the settings:\n"):
        load(folder)
