"""What is opened to functions of the teams' own where the endpoints are a hub's: the outputs ask for the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from review.assembly import Assembly as Reviewed
from review.finding import Status
from stacks.settings import SettingsError, load
from tests.clone import copy_settings
from tests.stacks.assembly import Assembly, Json, resources
from tests.stacks.test_dns import domains
from tests.stacks.test_endpoint_policies import policy
from tests.stacks.test_extension_services import network_opened, plain, reviewed
from tests.stacks.test_network import group_name, rules

__all__ = ["network_opened"]

#: What would let functions of team beacon's send to its queue.
_BEACONS_QUEUE = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "sqs:SendMessage",
    "Resource": "arn:aws:sqs:us-east-1:${AWS::AccountId}:beacon-jobs",
    "Condition": {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${AWS::AccountId}:role/cloister/Hub/extension/beacon/*"}
    },
}


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ("- {bucket: scans, team: atlas}", "execute_api_reach", "add where the hub's execute-api endpoint is"),
        ("- {bucket: scans, team: atlas}", "s3", "add the hub's s3 endpoint, 'sg-…' or 'pl-…': 'extensions.bucket'"),
        ("- {queue: jobs, team: atlas}", "sqs", "add the hub's sqs endpoint, 'sg-…' or 'pl-…': 'extensions.queue'"),
    ],
)
def test_a_hub_that_lacks_what_is_opened_is_a_mistake(more: str, field: str, said: str, tmp_path: Path) -> None:
    folder = copy_settings(tmp_path)
    deployment = folder / "cloister.yaml"
    deployment.write_text(
        deployment.read_text().replace("network:\n", "network:\n  mode: hub\n") + f"extensions: [{more[2:]}]\n"
    )
    with pytest.raises(SettingsError) as refused:
        load(folder)
    (line,) = (line for line in str(refused.value).splitlines() if f"network.endpoints.{field}:" in line)
    assert said in line


def test_what_is_opened_is_reached_at_the_hub_and_nowhere_else(opened_elsewhere: Assembly) -> None:
    template = opened_elsewhere.templates["Hub-Network"]
    own = group_name(template, "Extensions")
    ways = {
        rule.get("DestinationPrefixListId") or rule["DestinationSecurityGroupId"]
        for rule in rules(template, "Egress")
        if rule["GroupId"]["Fn::GetAtt"][0] == own
    }
    assert ways == {"pl-0aaaaaaaaaaaaaaaa", "sg-0ffffffffffffffff", "pl-0eeeeeeeeeeeeeeee"}
    assert not resources(template, "AWS::EC2::VPCEndpoint") and not resources(template, "AWS::Route53::HostedZone")


def test_the_outputs_say_what_the_hub_lets_through_and_what_it_answers_to(
    opened_elsewhere: Assembly, network_opened: Json
) -> None:
    template = opened_elsewhere.templates["Hub-Network"]
    for service, id in (("s3", "S3"), ("sqs", "Sqs")):
        said = plain(template["Outputs"][f"HubPolicy{id}"]["Value"])
        here = json.dumps(plain(policy(network_opened, service)))
        assert json.loads(said)["Statement"] == json.loads(here.replace("Cloister", "Hub"))
    names_said = template["Outputs"]["HubNames"]["Value"].split(",")
    (resolved,) = (found for found in domains(template).values() if found != ["*"])
    assert sorted(names_said) == sorted(resolved)
    assert {"sqs.us-east-1.amazonaws.com", "acme-minutes.s3.us-east-1.amazonaws.com"} <= set(names_said)


@pytest.mark.parametrize(("team", "passes"), [("beacon", True), ("atlas", False)])
def test_the_review_goes_by_what_the_hub_is_asked_for(team: str, passes: bool, opened_elsewhere: Assembly) -> None:
    queue = "arn:aws:sqs:us-east-1:${AWS::AccountId}:beacon-jobs"
    found = reviewed(opened_elsewhere, "Hub", team, "sqs:SendMessage", queue)
    assert found is (Status.PASS if passes else Status.FAIL)


def test_no_other_stack_says_what_the_hub_is_asked_for(opened_elsewhere: Assembly) -> None:
    """A team's own class may give outputs, by any name; it opens nothing to itself by them."""
    read = Reviewed.read(opened_elsewhere.folder)
    (network,) = (template for template in read.templates if template.stack == "Hub-Network")
    network.body["Outputs"]["HubPolicySqs"]["Value"] = json.dumps({"Version": "2012-10-17", "Statement": []})
    said = {"Fn::Sub": json.dumps({"Version": "2012-10-17", "Statement": _BEACONS_QUEUE})}
    (audit,) = (template for template in read.templates if template.stack == "Hub-Audit")
    audit.body["Outputs"]["HubPolicySqs"] = {"Value": said}
    found = reviewed(read, "Hub", "beacon", "sqs:SendMessage", "arn:aws:sqs:us-east-1:${AWS::AccountId}:beacon-jobs")
    assert found is Status.FAIL
