"""A defect for each rule and claim about what makes a deployment whole: both halves of a way, keys, names, versions."""

from __future__ import annotations

from typing import Any

from tests.review.mutants.defects import seeded, statement, without
from tests.review.mutants.mutant import (
    AUDIT,
    GUARDRAILS,
    NETWORK,
    SIGNED,
    TOKEN,
    Mutant,
    attribute,
    drop,
    first,
    of_type,
    put,
    remove,
)

Json = Any


def _unbound(body: Json) -> None:
    """Let a caller's statement be held to the endpoint by the denials alone."""
    del first(body, "ApiGateway::RestApi")["Policy"]["Statement"][0]["Condition"]


def _tagging(body: Json) -> None:
    """Let API Gateway do more with its logging role's sessions than begin one."""
    trust = first(body, "IAM::Role", "ApiGatewayLogging")["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Action"] = "sts:*"


def _elsewhere(body: Json) -> None:
    """Send the queries to the group of the flows, where nobody may write them."""
    group = next(id for id, _ in of_type(body, "Logs::LogGroup", "Flows"))
    first(body, "Route53Resolver::ResolverQueryLoggingConfig")["DestinationArn"] = {"Fn::GetAtt": [group, "Arn"]}


def _swapped(body: Json) -> None:
    """Encrypt the trail with the key of the logs."""
    key = next(id for id, _ in of_type(body, "KMS::Key", "LogsKey"))
    first(body, "CloudTrail::Trail")["KMSKeyId"] = {"Fn::GetAtt": [key, "Arn"]}


WHOLENESS: tuple[Mutant, ...] = (
    seeded("ways-round-denied", GUARDRAILS, without("NoOtherWayToAModel"), "a denial that leaves other models"),
    seeded("roles-are-taken-by-named", AUDIT, _tagging, "a logging role that is taken on in every way"),
    seeded("has-what-is-required", AUDIT, drop("KMS::Alias", "AliasName"), "an alias without a name"),
    seeded("parts-carry-their-tag", NETWORK, drop("EC2::RouteTable", "Tags"), "a route table that no document knows"),
    seeded(
        "version-is-of-this-content",
        GUARDRAILS,
        drop("Bedrock::Guardrail", "TopicPolicyConfig"),
        "topics that are gone, and a version that is not new",
    ),
    seeded("vpc-answers-private-names", NETWORK, put("EC2::VPC", "EnableDnsHostnames", False), "no private names"),
    seeded(
        "subnet-has-a-route-table",
        NETWORK,
        remove("EC2::SubnetRouteTableAssociation"),
        "subnets of the main route table",
    ),
    seeded(
        "endpoint-is-reached", NETWORK, remove("EC2::SecurityGroupIngress", "StsSecurity"), "an endpoint for nobody"
    ),
    seeded(
        "network-acl-lets-https-through", NETWORK, remove("EC2::NetworkAclEntry", "AclHttpsOut"), "an ACL without HTTPS"
    ),
    seeded(
        "resource-policy-names-its-own",
        AUDIT,
        statement("TrailDeliversItsFiles", "Resource", value="*"),
        "a bucket's policy about every bucket",
    ),
    seeded(
        "bucket-takes-tls-of-today", AUDIT, drop("S3::BucketPolicy", "PolicyDocument.Statement.1"), "TLS of yesterday"
    ),
    seeded("key-lets-its-user-in", AUDIT, _swapped, "a trail under the key of the logs"),
    seeded("policy-allows-by-endpoint", SIGNED, _unbound, "a statement that the denials alone hold back"),
    seeded("errors-are-logged", SIGNED, drop("ApiGateway::Stage", "MethodSettings"), "errors that nobody sees"),
    seeded("function-takes-its-api", TOKEN, remove("Lambda::Permission", "Authorizer"), "an authorizer for nobody"),
    seeded("says-how-it-runs", SIGNED, drop("Lambda::Function", "Architectures"), "a function on any machine"),
    seeded(
        "selectors-select",
        AUDIT,
        drop("CloudTrail::Trail", "AdvancedEventSelectors.3"),
        "invocations by hand that nobody sees",
    ),
    seeded("log-is-delivered", NETWORK, _elsewhere, "queries where nobody may write them"),
    seeded(
        "gateway-may-write-logs",
        AUDIT,
        attribute("ApiGateway::Account", "DeletionPolicy", "Delete"),
        "a logging role that goes with its stack",
    ),
)
