"""Budgets: a table for each team that has one, one right on it, and one endpoint more for the proxies alone."""

import json

from review.assembly import Assembly as Reviewed
from review.deployment import Deployment
from review.finding import Status
from review.rules.names import allowed_names_are_the_endpoints
from review.rules.network import endpoint_has_private_dns, endpoints_are_those_in_use
from tests.stacks.assembly import Assembly, Json, different, one, resources, role_statements, statements, team_document
from tests.stacks.promised import INTERFACES
from tests.stacks.test_dns import domains
from tests.stacks.test_endpoint_policies import PROXIES, policy
from tests.stacks.test_network import group_name, interfaces, rules, service_of, services

HOST = "dynamodb.us-east-1.amazonaws.com"


TABLE = "AWS::DynamoDB::Table"


def logical(template: Json) -> str:
    """Logical id of the only table."""
    (name,) = resources(template, TABLE)
    return name


def test_the_table_is_the_teams_own_and_holds_what_was_spent(budgets: Assembly, token_team: Json) -> None:
    template = budgets.templates["Cloister-Team-atlas"]
    made = one(template, TABLE)
    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert made["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert made["DeletionProtectionEnabled"] is True
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert made["SSESpecification"]["SSEType"] == "KMS"
    assert "KMSMasterKeyId" in made["SSESpecification"]
    assert "StreamSpecification" not in made
    assert "TableName" not in made, "a name of one's own could not be made anew beside the one that is kept"
    table = template["Resources"][logical(template)]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert not resources(token_team, TABLE), "a team without a budget has no table"
    assert not resources(budgets.templates["Cloister-Team-beacon"], TABLE)


def test_the_proxy_may_write_items_of_its_own_table_and_nothing_else(budgets: Assembly) -> None:
    template = budgets.templates["Cloister-Team-atlas"]
    name = logical(template)
    rights = role_statements(template, "ProxyRole")
    assert {said for said in rights if "dynamodb" in said} == {
        "Allow dynamodb:UpdateItem",
        "Deny dynamodb:UpdateItem",  # to code of another function
    }
    right = rights["Allow dynamodb:UpdateItem"]
    assert (right["Action"], right["Resource"]) == ("dynamodb:UpdateItem", {"Fn::GetAtt": [name, "Arn"]})
    decrypts = [
        statement for _, statement in statements(template) if statement.get("Sid") == "DynamoDbDecryptsTheLedger"
    ]
    assert decrypts
    for statement in decrypts:
        assert statement["Action"] == "kms:Decrypt"
        assert statement["Condition"] == {"StringEquals": {"kms:ViaService": HOST}}


def test_the_function_is_told_its_budget_in_whole_nano_usd(budgets: Assembly) -> None:
    template = budgets.templates["Cloister-Team-atlas"]
    (function,) = [
        made for name, made in resources(template, "AWS::Lambda::Function").items() if name.startswith("Proxy")
    ]
    document, marks = team_document(function)
    name = logical(template)
    assert document["budget"] == {
        **{"month": 250_000_000_000, "in_flight": 8, "share": 50_000_000_000, "by": "session"},
        "instead": [[None, "flex"]],
    }
    assert document["session_name"] is True
    assert marks[document["ledger_table"]] == {"Ref": name}
    assert "ledger_host" not in document


def test_one_endpoint_and_one_name_are_all_that_is_added(budgets: Assembly, network: Json) -> None:
    template = budgets.templates["Cloister-Network"]
    assert services(template) == services(network) | {"dynamodb"}
    assert {name.rstrip("0123456789ABCDEF")[:30] for name in different(template, network)} == {
        *("DynamoDbEndpoint", "DynamoDbSecurityGroup", "DynamoDbSecurityGroupfromClois"[:30]),
        *("DynamoDbNameZone", "DynamoDbNameZoneAlias", "ProxiesGrouptoCloisterNetworkD"),
        *("DnsFirewallAllowed", "DnsFirewallAssociation"),
    }
    (zone,) = resources(template, "AWS::Route53::HostedZone").values()
    assert zone["Name"] == f"{HOST}."
    assert zone["VPCs"], "without a VPC the zone would be public"
    (allow,) = (found for found in domains(template).values() if found != ["*"])
    assert HOST in allow


def test_writing_items_of_ledgers_is_all_that_passes(budgets: Assembly) -> None:
    (statement,) = policy(budgets.templates["Cloister-Network"], "dynamodb")
    assert statement["Action"] == "dynamodb:UpdateItem"
    account = {"Ref": "AWS::AccountId"}
    assert statement["Resource"] == {
        "Fn::Join": ["", ["arn:aws:dynamodb:us-east-1:", account, ":table/Cloister-Team-*"]]
    }
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account},
        "ArnLike": {"aws:PrincipalArn": PROXIES},
    }


def test_the_proxies_alone_reach_it(budgets: Assembly) -> None:
    template = budgets.templates["Cloister-Network"]
    own, proxies = group_name(template, "DynamoDbSecurityGroup"), group_name(template, "Proxies")
    coming = [rule for rule in rules(template, "Ingress") if rule["GroupId"]["Fn::GetAtt"][0] == own]
    assert [rule["SourceSecurityGroupId"]["Fn::GetAtt"][0] for rule in coming] == [proxies]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in coming] == [(443, 443)]


def test_in_a_vpc_of_others_nobodys_dynamodb_is_taken(budgets: Assembly) -> None:
    template = budgets.templates["Existing-Network"]
    assert services(template) == set(INTERFACES) | {"dynamodb"}
    assert not resources(template, "AWS::Route53::HostedZone"), "a zone for the host would be everybody's"
    (made,) = [e for e in interfaces(template) if service_of(e) == "dynamodb"]
    assert made["VpcEndpointType"] == "Interface", "a gateway's route would be everybody's too"
    assert made["PrivateDnsEnabled"] is False
    own = template["Outputs"]["DynamoDbHost"]["Value"]
    (name,) = (n for n in resources(template, "AWS::EC2::VPCEndpoint") if n.startswith("DynamoDb"))
    entry = {"Fn::Select": [0, {"Fn::GetAtt": [name, "DnsEntries"]}]}
    assert own == {"Fn::Select": [1, {"Fn::Split": [":", entry]}]}
    (allow,) = (found for found in domains(template).values() if found != ["*"])
    assert own in allow
    assert HOST not in allow
    (function,) = [
        made
        for name, made in resources(budgets.templates["Existing-Team-atlas"], "AWS::Lambda::Function").items()
        if name.startswith("Proxy")
    ]
    document, marks = team_document(function)
    assert marks[document["ledger_host"]] == {
        "Fn::GetStackOutput": {"StackName": "Existing-Network", "OutputName": "DynamoDbHost"}
    }


def test_a_hub_is_told_what_its_endpoint_must_let_through(budgets: Assembly) -> None:
    template = budgets.templates["Hub-Network"]
    assert "dynamodb:UpdateItem" in json.dumps(template["Outputs"]["HubPolicyDynamoDb"])
    assert not resources(template, "AWS::EC2::VPCEndpoint")


def test_the_key_of_the_ledgers_is_there_with_budgets_alone(budgets: Assembly, audit: Json) -> None:
    def ledgers(template: Json) -> list[str]:
        return [name for name in resources(template, "AWS::KMS::Key") if name.startswith("LedgerKey")]

    assert len(ledgers(budgets.templates["Cloister-Audit"])) == 1
    assert not ledgers(audit)


def test_the_review_follows_the_way_to_the_ledger_in_every_network(budgets: Assembly) -> None:
    """Where the endpoint is called by its own name, too, which nobody knows before it is deployed."""
    read = Deployment(Reviewed.read(budgets.folder))
    for rule in (allowed_names_are_the_endpoints.RULE, endpoint_has_private_dns.RULE, endpoints_are_those_in_use.RULE):
        found = list(rule.check(read))
        assert found
        assert not [result for result in found if result.status in (Status.FAIL, Status.UNDECIDED)], rule.id
