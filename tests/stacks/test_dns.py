"""The resolver knows the endpoints' names and no other; what it is asked is recorded, and a refusal raises an alarm."""

import pytest
from aws_cdk import App, Environment, Stack

from stacks.constructs import DnsFirewall, IsolatedNetwork
from stacks.services import private_names
from tests.stacks.assembly import Assembly, Json, context, one, resources
from tests.stacks.promised import ALWAYS
from tests.stacks.test_network import services

#: Everything of the resolver that the network is made of: a rule that forwards queries, or an endpoint, is not in it.
PARTS = {
    "AWS::Route53Resolver::FirewallDomainList",
    "AWS::Route53Resolver::FirewallRuleGroup",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
}
COVERED = ["deployed/Cloister", "modes/Existing", "modes/Hub", "modes/Development", "modes/Wide"]


@pytest.fixture(params=COVERED)
def covered(request: pytest.FixtureRequest) -> Json:
    """Template of the network of each deployment that has a firewall of its own."""
    fixture, name = request.param.split("/")
    return request.getfixturevalue(fixture).templates[f"{name}-Network"]


def domains(template: Json) -> dict[str, list[str]]:
    """Domain lists, by logical id."""
    return {
        name: found["Domains"]
        for name, found in resources(template, "AWS::Route53Resolver::FirewallDomainList").items()
    }


def test_the_endpoints_names_are_resolved_and_everything_else_is_blocked(covered: Json) -> None:
    lists = domains(covered)
    allow, block = one(covered, "AWS::Route53Resolver::FirewallRuleGroup")["FirewallRules"]
    assert allow["Priority"] < block["Priority"]
    assert (allow["Action"], block["Action"]) == ("ALLOW", "BLOCK")
    promised = sorted(name for promise in ALWAYS.values() for name in promise.names)
    assert lists[allow["FirewallDomainListId"]["Fn::GetAtt"][0]] == promised
    assert lists[block["FirewallDomainListId"]["Fn::GetAtt"][0]] == ["*"]
    assert block["BlockResponse"] == "NXDOMAIN"
    assert "Qtype" not in allow and "Qtype" not in block, "a rule for one type of record lets the others by"


def test_a_redirection_is_no_way_round_the_list(covered: Json) -> None:
    for rule in one(covered, "AWS::Route53Resolver::FirewallRuleGroup")["FirewallRules"]:
        assert rule["FirewallDomainRedirectionAction"] == "INSPECT_REDIRECTION_DOMAIN"


def test_names_are_those_of_the_endpoints_that_stand(network: Json) -> None:
    assert (
        private_names(services(network), "us-east-1")
        == domains(network)[next(name for name in domains(network) if "Allowed" in name)]
    )


def test_the_firewall_is_asked_first_for_the_whole_vpc(covered: Json) -> None:
    association = one(covered, "AWS::Route53Resolver::FirewallRuleGroupAssociation")
    (group,) = resources(covered, "AWS::Route53Resolver::FirewallRuleGroup")
    assert association["FirewallRuleGroupId"] == {"Fn::GetAtt": [group, "Id"]}
    assert association["VpcId"] == covered["Outputs"]["VpcId"]["Value"]
    assert association["Priority"] == 101, "the first place that AWS has"


def test_the_firewall_is_locked_but_for_development(network: Json, modes: Assembly) -> None:
    kind = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    assert one(network, kind)["MutationProtection"] == "ENABLED"
    assert one(modes.templates["Development-Network"], kind)["MutationProtection"] == "DISABLED"


def test_the_resolver_forwards_nothing(covered: Json) -> None:
    used = {r["Type"] for r in covered["Resources"].values() if r["Type"].startswith("AWS::Route53")}
    assert used == PARTS


def test_every_query_is_recorded_in_an_encrypted_group(covered: Json) -> None:
    config = one(covered, "AWS::Route53Resolver::ResolverQueryLoggingConfig")
    group, attribute = config["DestinationArn"]["Fn::GetAtt"]
    assert attribute == "Arn"
    assert "LogsKey" in resources(covered, "AWS::Logs::LogGroup")[group]["KmsKeyId"]["Fn::ImportValue"]
    assert resources(covered, "AWS::Logs::LogGroup")[group]["RetentionInDays"] == 400
    association = one(covered, "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation")
    assert association["ResourceId"] == covered["Outputs"]["VpcId"]["Value"]
    (name,) = resources(covered, "AWS::Route53Resolver::ResolverQueryLoggingConfig")
    assert association["ResolverQueryLogConfigId"] == {"Fn::GetAtt": [name, "Id"]}


def test_the_log_is_written_for_this_account_alone(covered: Json) -> None:
    text = "".join(
        part if isinstance(part, str) else f"<{part['Ref']}>"
        for part in one(covered, "AWS::Logs::ResourcePolicy")["PolicyDocument"]["Fn::Join"][1]
    )
    assert '"Principal":{"Service":"delivery.logs.amazonaws.com"}' in text
    assert '"aws:SourceAccount":"<AWS::AccountId>"' in text
    assert '"aws:SourceArn":"arn:aws:logs:us-east-1:<AWS::AccountId>:*"' in text
    group = one(covered, "AWS::Route53Resolver::ResolverQueryLoggingConfig")["DestinationArn"]["Fn::GetAtt"][0]
    assert f'"Resource":"arn:aws:logs:us-east-1:<AWS::AccountId>:log-group:<{group}>:log-stream:*"' in text


def test_one_blocked_query_raises_the_alarm(covered: Json) -> None:
    alarm = one(covered, "AWS::CloudWatch::Alarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Route53Resolver", "FirewallRuleQueryVolume")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert (alarm["Statistic"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == ("Sum", 1, "notBreaching")
    everything = next(name for name, found in domains(covered).items() if found == ["*"])
    (group,) = resources(covered, "AWS::Route53Resolver::FirewallRuleGroup")
    assert {d["Name"]: d["Value"] for d in alarm["Dimensions"]} == {
        "FirewallRuleGroupId": {"Fn::GetAtt": [group, "Id"]},
        "FirewallDomainListId": {"Fn::GetAtt": [everything, "Id"]},
    }


@pytest.mark.parametrize("allowed", [[], ["*"], ["sts.us-east-1.amazonaws.com", "*"]])
def test_a_firewall_that_allows_nothing_or_everything_is_refused(allowed: list[str]) -> None:
    stack = Stack(App(context=context()), "Alone", env=Environment(region="us-east-1"))
    vpc = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a"]).vpc
    with pytest.raises(ValueError, match="name each"):
        DnsFirewall(stack, "Dns", vpc=vpc, name="Cloister", allowed=allowed)
