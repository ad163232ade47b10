"""Every finding of a rule pack that is accepted, with the resource that it is accepted on and the reason.

A finding is fixed, or it stands here. Ids carry the name of their pack: only then does the validation report list what
was accepted (``validation-report.json``, ``suppressedViolations``). Tests see to it that none is stale and that each
covers no more than its own resource.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

from stacks.settings import Audit, Development, Existing, Hub, Isolated

_NAG = "AwsSolutions::AwsSolutions-"
_VALIDATE = "CloudFormation-Validate::"
_API = "ApiCD79AAA0"  # logical id of every team's API, as it stands in the id of a finding


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An accepted finding.

    Attributes
    ----------
    path
        The resource, below its stack.
    rule
        Id of the finding, with its pack.
    reason
        Why it is accepted, and what makes up for it.
    """

    path: str
    rule: str
    reason: str


def acknowledge(stack: Stack, findings: Iterable[Acknowledged]) -> None:
    """Record accepted findings on their resources.

    Parameters
    ----------
    stack
        The stack of the resources.
    findings
        What is accepted.

    Raises
    ------
    ValueError
        When a path leads nowhere: the resource moved or went, and what was accepted on it needs a new look.
    """
    for finding in findings:
        Validations.of(_resource(stack, finding)).acknowledge(Acknowledgment(id=finding.rule, reason=finding.reason))


def _resource(stack: Stack, finding: Acknowledged) -> IConstruct:
    node: IConstruct = stack
    for name in finding.path.split("/"):
        child = node.node.try_find_child(name)
        if child is None:
            raise ValueError(
                f"{finding.rule} is acknowledged on {stack.stack_name}/{finding.path}, and there is no such resource "
                f"below {node.node.path}: remove the acknowledgement, or name where the resource is now"
            )
        node = child
    return node


AUDIT = (
    Acknowledged(
        "Evidence/Bucket/Resource",
        f"{_NAG}S1",
        "The trail records access to the evidence as data events and file validation shows any change; a second "
        "bucket for server access logs would need the same question answered again.",
    ),
    Acknowledged(
        "ApiGatewayLogging/Role/Resource",
        f"{_NAG}IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        "API Gateway checks the rights of the account's logging role and documents this policy as what it looks for; "
        "the role can be assumed by API Gateway only.",
    ),
)


def audit(settings: Audit) -> list[Acknowledged]:
    """Return what is accepted on the stack of the evidence.

    Parameters
    ----------
    settings
        Its settings: a role that somebody else has set is not looked at.
    """
    return [each for each in AUDIT if settings.api_gateway_role == "here" or "ApiGatewayLogging" not in each.path]


def network(settings: Isolated | Existing | Hub | Development, *, gateways: bool = False) -> list[Acknowledged]:
    """Return what is accepted on the network stack.

    Parameters
    ----------
    settings
        Its settings: a VPC that is there already is not looked at, nor are subnets that are not made.
    gateways
        Whether the network ACL has the rules that a gateway endpoint needs.
    """
    if isinstance(settings, (Existing, Hub)):
        return []
    named = [*range(1 + len(settings.clients.ranges))]
    rules = ["Resource", "AnswersIn0/Resource", "HttpsOut0/Resource"]
    rules += ["AnswersIn1/Resource", "HttpsOut1/Resource"] if gateways else []
    rules += [f"{name}{position}/Resource" for name in ("HttpsIn", "AnswersOut") for position in named]
    return [
        *(
            Acknowledged(
                f"Isolated/Vpc/IsolatedSubnet{number}/Subnet",
                f"{_VALIDATE}W3010",
                "The zones are named in the settings so that synthesis asks nothing of an account and a template does "
                "not change with who synthesises it.",
            )
            for number, zone in enumerate(settings.zones, 1)
            if "-az" not in zone
        ),
        *(
            Acknowledged(
                f"Acl/Acl/{rule}",
                f"{_NAG}VPC3",
                "The rule finds network ACLs hard to keep in step with security groups; these are made of the same "
                "settings, and hold where no group of this kit does: in the VPC's default group.",
            )
            for rule in rules
        ),
    ]


def team(
    *,
    with_authorizer: bool,
    partition: str,
    region: str,
    account: str | None,
    images: Sequence[str] = (),
    with_boundary: bool = True,
    subnets_account: str | None = None,
) -> list[Acknowledged]:
    """Return what is accepted on a team's stack.

    Parameters
    ----------
    with_authorizer
        Whether its callers bring tokens.
    partition, region, account
        Where it is deployed; they are part of the id of a finding about a wildcard. `None` stands for an account that
        is known at deployment only.
    images
        Buckets, or prefixes of buckets, that its proxy reads images from.
    with_boundary
        Whether the functions' roles have a boundary of their own.
    subnets_account
        The account that shares the subnets, if another does.
    """
    functions = ["Proxy", "Authorizer"] if with_authorizer else ["Proxy"]
    owners = [account or "<AWS::AccountId>", *([subnets_account] if subnets_account else [])]
    found = [
        Acknowledged(
            "Api/Api/Resource",
            f"{_NAG}APIG2",
            "The proxy checks every request against the model's rules and answers with OpenAI's error object; API "
            "Gateway's validator knows neither.",
        ),
        Acknowledged(
            "Api/Api/DeploymentStage.v1/Resource",
            f"{_NAG}APIG3",
            "A private API, reachable through one endpoint by named principals only: there is no web to firewall.",
        ),
        Acknowledged(
            "Api/Api/Default/{proxy+}/ANY/Resource",
            f"{_NAG}COG4",
            "Callers are workloads of the account and prove an IAM role, by signature or by a token made from one; a "
            "user pool would be a second directory.",
        ),
    ]
    if not with_authorizer:
        found += [
            Acknowledged(
                "CallerAccess/Policy/Resource",
                f"{_NAG}IAM5[Resource::arn:{partition}:execute-api:{region}:{account or '<AWS::AccountId>'}:"
                f"<{_API}>/v1/{method}/*]",
                "The API has one greedy route, and the proxy refuses what it does not know: the method and the stage "
                "are what there is to name.",
            )
            for method in ("GET", "POST")
        ]
    for function in functions:
        # The permissions boundary repeats the policy, so what is said of one is said of the other.
        for policy in ("Role/DefaultPolicy", "Boundary") if with_boundary else ("Role/DefaultPolicy",):
            found += [
                Acknowledged(
                    f"{function}/Role/{policy}/Resource",
                    f"{_NAG}IAM5[Resource::*]",
                    "Describing network interfaces has no resource type, and the denials are meant for everything.",
                ),
                *(
                    Acknowledged(
                        f"{function}/Role/{policy}/Resource",
                        f"{_NAG}IAM5[Resource::arn:{partition}:ec2:{region}:{owner}:*/*]",
                        "Lambda attaches the function to the VPC by this role and its guide asks for all resource ids; "
                        "the function's own code is denied the same actions.",
                    )
                    for owner in owners
                ),
            ]
            if function == "Proxy":
                found += [
                    Acknowledged(
                        f"Proxy/Role/{policy}/Resource",
                        f"{_NAG}IAM5[Resource::arn:{partition}:s3:::{place if '/' in place else f'{place}/'}*]",
                        "The team's images are what is below the places in its file; the objects come and go without "
                        "a deployment.",
                    )
                    for place in images
                ]
        found.append(
            Acknowledged(
                f"{function}/Function/Resource",
                f"{_NAG}L1",
                "Python 3.13, supported until June 2029, is the runtime that the functions are tested on; the proxy "
                "starts its own Runtime API client, which is to be tried on a new runtime before it moves there.",
            )
        )
    return found
