"""What the reason of an acknowledgement says is there, is there: in the templates of every deployment that says it."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.stacks.assembly import Assembly, Json, listed, one, resources
from tests.stacks.test_acknowledgements import suppressed

Holds = Callable[[Json, str], bool]


def documents_of(template: Json) -> Iterator[Json]:
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for policy in resources(template, kind).values():
            yield policy["PolicyDocument"]["Statement"]
    for role in resources(template, "AWS::IAM::Role").values():
        for policy in role.get("Policies", []):
            yield policy["PolicyDocument"]["Statement"]


def evidence_is_watched(template: Json, _: str) -> bool:
    if not resources(template, "AWS::CloudTrail::Trail"):  # of a team: the platform's trail watches it
        return one(template, "AWS::S3::Bucket")["ObjectLockEnabled"] is True
    trail = one(template, "AWS::CloudTrail::Trail")
    watched = [f for s in trail["AdvancedEventSelectors"] for f in s["FieldSelectors"]]
    return (
        trail["EnableLogFileValidation"] is True
        and {"Field": "resources.type", "Equals": ["AWS::S3::Object"]} in watched
    )


def api_gateway_alone_takes_the_role(template: Json, _: str) -> bool:
    (trust,) = one(template, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    return bool(trust["Principal"] == {"Service": "apigateway.amazonaws.com"})


def zones_are_spelled_out(template: Json, _: str) -> bool:
    subnets = resources(template, "AWS::EC2::Subnet").values()
    return all(isinstance(s.get("AvailabilityZone", s.get("AvailabilityZoneId")), str) for s in subnets)


def every_subnet_has_the_acl(template: Json, _: str) -> bool:
    held = [a["SubnetId"]["Ref"] for a in resources(template, "AWS::EC2::SubnetNetworkAclAssociation").values()]
    return sorted(held) == sorted(resources(template, "AWS::EC2::Subnet"))


def the_proxy_answers_every_route(template: Json, _: str) -> bool:
    method = one(template, "AWS::ApiGateway::Method")
    return bool(method["Integration"]["Type"] == "AWS_PROXY" and "Proxy" in str(method["Integration"]["Uri"]))


def the_api_is_private_and_refuses_other_doors(template: Json, _: str) -> bool:
    api = one(template, "AWS::ApiGateway::RestApi")
    denied = [s for s in api["Policy"]["Statement"] if s["Effect"] == "Deny"]
    return api["EndpointConfiguration"]["Types"] == ["PRIVATE"] and any("SourceVpce" in str(s) for s in denied)


def callers_prove_a_role(template: Json, _: str) -> bool:
    kinds = [m["AuthorizationType"] for m in resources(template, "AWS::ApiGateway::Method").values()]
    return set(kinds) <= {"AWS_IAM", "CUSTOM"}


def there_is_one_greedy_route(template: Json, _: str) -> bool:
    return bool(one(template, "AWS::ApiGateway::Resource")["PathPart"] == "{proxy+}")


READS = re.compile(r"(?:logs|s3|kms):(?:Get|List|Describe|Filter|StartQuery)[A-Za-z]*")


def on(template: Json, resource: str) -> list[Json]:
    """The statements about a resource, or about what is in it, by a part of how it is written."""
    return [s for found in documents_of(template) for s in found if resource in str(s.get("Resource"))]


def what_is_there_is_read_alone(template: Json, rule: str) -> bool:
    """Nothing but the auditor's role has a wildcard below the bucket or among log groups, and it reads."""
    resource = rule.split("Resource::")[1].removesuffix(".Arn>/*]").strip("<]")
    found = [a for s in on(template, resource) if "/records/" not in str(s["Resource"]) for a in listed(s["Action"])]
    return bool(found) and all(READS.fullmatch(action) for action in found)


def keys_are_those_of_the_records_and_the_digests(template: Json, _: str) -> bool:
    found = {}
    for statement in on(template, ":key/*"):
        aliases = statement["Condition"]["ForAnyValue:StringLike"]["kms:ResourceAliases"]
        found[str(aliases).split("/", 2)[2]] = set(listed(statement["Action"]))
    return found == {"records/*": {"kms:DescribeKey", "kms:GetPublicKey"}, "digests/*": {"kms:GenerateMac"}}


def records_are_put_alone(template: Json, _: str) -> bool:
    return {a for s in on(template, "/records/deployment=") for a in s["Action"]} == {
        *("s3:PutObject", "s3:AbortMultipartUpload")
    }


def everything_is_described_or_denied(template: Json, _: str) -> bool:
    wide = [s for found in documents_of(template) for s in found if s.get("Resource") == "*" and s["Effect"] == "Allow"]
    found = [action for s in wide for action in listed(s["Action"])]
    return bool(found) and all(a.startswith("ec2:Describe") or a == "logs:GetQueryResults" for a in found)


def code_is_denied_what_lambda_does(template: Json, _: str) -> bool:
    for found in documents_of(template):
        allowed = {a for s in found if s["Sid"] == "LambdaManagesNetworkInterfaces" for a in s["Action"]}
        denied = {a for s in found if s["Sid"] == "CodeHasNoHandOnNetworkInterfaces" for a in s["Action"]}
        if not allowed <= denied:
            return False
    return True


def places_are_read_alone(template: Json, rule: str) -> bool:
    place = rule.split("Resource::")[1].rstrip("]")
    reads = [s for found in documents_of(template) for s in found if place in listed(s.get("Resource"))]
    return bool(reads) and all(s["Action"] == "s3:GetObject" for s in reads)


def the_archive_is_written_alone(template: Json, rule: str) -> bool:
    place = rule.split("Resource::")[1].rstrip("]")
    puts = [s for found in documents_of(template) for s in found if place in listed(s.get("Resource"))]
    return bool(puts) and all(s["Action"] == "s3:PutObject" for s in puts)


def the_reader_reads_alone(template: Json, _: str) -> bool:
    (reader,) = (r for r in resources(template, "AWS::IAM::Role").values() if "/prompts/" in r.get("Path", ""))
    allowed = [s for policy in reader["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    actions = [action.partition(":")[2] for s in allowed for action in listed(s["Action"])]
    return all(action.startswith(("Get", "List", "Decrypt")) for action in actions)


def the_runtime_is_the_one_that_is_tested(template: Json, _: str) -> bool:
    return {f["Runtime"] for f in resources(template, "AWS::Lambda::Function").values()} == {"python3.13"}


#: What must be there for the reason of a finding to be true, by the form of the finding's id.
EVIDENCE: dict[str, Holds] = {
    r".*-S1": evidence_is_watched,
    r".*-IAM4\[.*AmazonAPIGatewayPushToCloudWatchLogs\]": api_gateway_alone_takes_the_role,
    r".*W3010": zones_are_spelled_out,
    r".*-VPC3": every_subnet_has_the_acl,
    r".*-APIG2": the_proxy_answers_every_route,
    r".*-APIG3": the_api_is_private_and_refuses_other_doors,
    r".*-COG4": callers_prove_a_role,
    r".*-IAM5\[Resource::arn:.*:execute-api:.*\]": there_is_one_greedy_route,
    r".*-IAM5\[Resource::\*\]": everything_is_described_or_denied,
    r".*-IAM5\[Resource::arn:.*:ec2:.*\]": code_is_denied_what_lambda_does,
    r".*-IAM5\[Resource::arn:.*:logs:.*\]": what_is_there_is_read_alone,
    r".*-IAM5\[Resource::<EvidenceBucket.*\.Arn>/\*\]": what_is_there_is_read_alone,
    r".*-IAM5\[Resource::<EvidenceBucket.*\.Arn>/records/.*\]": records_are_put_alone,
    r".*-IAM5\[Resource::arn:.*:kms:.*\]": keys_are_those_of_the_records_and_the_digests,
    r".*-IAM5\[Resource::arn:.*:s3:::(?!.*-audit-).*\]": places_are_read_alone,
    r".*-IAM5\[Resource::arn:.*:s3:::.*-audit-.*\]": the_archive_is_written_alone,
    r".*-IAM5\[Resource::<PromptsBucket.*\]": the_reader_reads_alone,
    r".*-L1": the_runtime_is_the_one_that_is_tested,
}


def evidence_of(rule: str) -> Holds:
    (found,) = [holds for form, holds in EVIDENCE.items() if re.fullmatch(form, rule)]
    return found


@pytest.mark.parametrize("fixture", ["deployed", "pinned", "pictures", "archives"])
def test_each_reason_is_true_of_the_templates_that_give_it(fixture: str, request: pytest.FixtureRequest) -> None:
    assembly: Assembly = request.getfixturevalue(fixture)
    templates = assembly.templates
    found = {
        (v["acknowledgedAt"].split("/")[0], v["acknowledgedId"])
        for v in suppressed(assembly.read("validation-report.json"))
    }
    assert found
    for stack, rule in sorted(found):
        assert evidence_of(rule)(templates[stack], rule), f"{stack}: the reason given for {rule} is not true"


def test_no_evidence_is_kept_for_what_nobody_acknowledges(
    pictures: Assembly, pinned: Assembly, archives: Assembly
) -> None:
    reports = [assembly.read("validation-report.json") for assembly in (pictures, pinned, archives)]
    rules = {v["acknowledgedId"] for report in reports for v in suppressed(report)}
    assert {evidence_of(rule) for rule in rules} == set(EVIDENCE.values())
