"""An account of recorded answers: real boto3 clients, whose questions and answers botocore's own shapes are held to.

Nothing is sent. Each answer is validated as `botocore.stub.Stubber` validates one, so an answer that AWS could not give
fails the test; parameters are validated by the client itself. The answers of `HEALTHY` are those of an account in which
the deployment of `plan()` would succeed.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.validate import validate_parameters

from preflight.account import Account
from preflight.looks import Look
from preflight.mantle import Mantle
from preflight.plan import Plan
from preflight.run import run
from review.finding import Finding, Status
from stacks.settings import Settings
from tests.stacks.deployments import settings

ACCOUNT = "111122223333"
REGION = "us-east-1"

Answer = Mapping[str, Any] | Exception | Callable[[Mapping[str, Any]], Any]


class Refused(Exception):  # noqa: N818 - it stands for an answer
    """An error as AWS answers it."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


DENIED = Refused("AccessDenied", 403)


def zone(letter: str, number: int) -> dict[str, Any]:
    return {"ZoneName": f"{REGION}{letter}", "ZoneId": f"use1-az{number}", "ZoneType": "availability-zone"}


def service(name: str, zones: Iterable[str] = ("a", "b", "c"), **more: Any) -> dict[str, Any]:
    private = {"execute-api": "*.execute-api.us-east-1.amazonaws.com", "bedrock-mantle": f"{name}.us-east-1.api.aws"}
    return {
        "ServiceName": f"com.amazonaws.{REGION}.{name}",
        "AvailabilityZones": [f"{REGION}{letter}" for letter in zones],
        "PrivateDnsNames": [{"PrivateDnsName": private.get(name, f"{name}.us-east-1.amazonaws.com")}],
        "VpcEndpointPolicySupported": True,
        **more,
    }


SERVICES = ("execute-api", "bedrock-mantle", "bedrock-runtime", "sts")


def role(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The role that is asked for, without a path."""
    return {"Role": role_record(f"arn:aws:iam::{ACCOUNT}:role/{asked['RoleName']}")}


def role_record(arn: str) -> dict[str, Any]:
    path, _, name = arn.partition(":role")[2].rpartition("/")
    return {"Path": f"{path}/", "RoleName": name, "RoleId": "AROAEXAMPLEEXAMPLE00", "Arn": arn, "CreateDate": 0}


def stack(name: str, status: str = "CREATE_COMPLETE", tags: Mapping[str, str] | None = None, **outputs: str) -> Any:
    return {
        "StackName": name,
        "CreationTime": 0,
        "StackStatus": status,
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {"deployment": "Cloister"}).items()],
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
    }


def stacks(*found: Any) -> dict[str, Any]:
    return {"cloudformation.DescribeStacks": {"Stacks": list(found)}}


PERMISSION_SET = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_BeaconDesk_0123456789abcdef"
)

HEALTHY: Mapping[str, Answer] = {
    "sts.GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/platform/ann"},
    "ssm.GetParameter": {"Parameter": {"Value": "28"}},
    "iam.ListAttachedRolePolicies": {
        "AttachedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
    },
    "iam.GetRole": role,
    "iam.ListRoles": {"Roles": [role_record(PERMISSION_SET)]},
    "iam.GetAccountSummary": {"SummaryMap": {"Roles": 5, "RolesQuota": 1000, "Policies": 5, "PoliciesQuota": 1500}},
    "iam.SimulatePrincipalPolicy": {"EvaluationResults": []},
    "cloudformation.DescribeStacks": {"Stacks": []},
    "cloudformation.DescribeType": {"TypeName": "of the Region"},
    "bedrock.ListGuardrails": {"guardrails": []},
    "cloudtrail.DescribeTrails": {"trailList": []},
    "kms.ListAliases": {"Aliases": []},
    "kms.DescribeKey": {"KeyMetadata": {"KeyId": "11111111-2222-3333-4444-555555555555", "KeyState": "Enabled"}},
    "logs.DescribeResourcePolicies": {"resourcePolicies": []},
    "lambda.GetFunctionConcurrency": Refused("ResourceNotFoundException", 404),
    "lambda.GetAccountSettings": {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    },
    "ec2.DescribeAvailabilityZones": {"AvailabilityZones": [zone("a", 4), zone("b", 6), zone("c", 1)]},
    "ec2.DescribeVpcEndpointServices": {"ServiceDetails": [service(name) for name in SERVICES]},
    "ec2.DescribeVpcs": {"Vpcs": []},
    "ec2.DescribeSecurityGroups": {"SecurityGroups": []},
    "ec2.DescribeVpcEndpoints": {"VpcEndpoints": []},
    "apigateway.GetAccount": {},
    "apigateway.GetRestApis": {"items": []},
    "route53.GetAccountLimit": {"Limit": {"Type": "MAX_HOSTED_ZONES_BY_OWNER", "Value": 500}, "Count": 1},
    "route53.ListHostedZonesByVPC": {"HostedZoneSummaries": [], "MaxItems": "100"},
    "route53resolver.ListResolverQueryLogConfigs": {"ResolverQueryLogConfigs": []},
    "route53resolver.ListFirewallRuleGroupAssociations": {"FirewallRuleGroupAssociations": []},
    "organizations.DescribeOrganization": {"Organization": {"Id": "o-a1b2c3d4e5"}},
    "s3.GetBucketLocation": {},
    "service-quotas.GetServiceQuota": Refused("NoSuchResourceException"),
}

Wire = Mapping[tuple[str, str], tuple[int, Any]]


def model(name: str, status: str = "ACTIVE", modes: Any = ("none", "default")) -> tuple[int, Any]:
    retention = {"allowed_modes": list(modes), "mode": "default", "source": "model_default"}
    return 200, {"id": name, "object": "model", "status": status, "data_retention": retention}


MODELS = ("google.gemma-4-31b", "google.gemma-4-26b-a4b", "google.gemma-4-e2b")
MANTLE: Wire = {
    **{("GET", f"/v1/models/{name}"): model(name) for name in MODELS},
    ("POST", "/openai/v1/responses"): (200, {"object": "response"}),
    ("GET", "/v1/data_retention"): (200, {"mode": "none"}),
}


def plan(
    changes: Mapping[str, Any] | None = None, team: Mapping[str, Any] | None = None, account: str = ACCOUNT
) -> Plan:
    """A deployment, of the tests' settings with changes."""
    return Plan(made(changes or {}, team or {}), account)


def made(changes: Mapping[str, Any], team: Mapping[str, Any]) -> Settings:
    """Settings with fields that their types do not have, or in values that they refuse, under `beyond`."""
    own = {name: value for name, value in changes.items() if name != "beyond"}
    whole = settings(own, team)
    beyond = dict(changes.get("beyond", {}))
    for part in ("audit", "network"):
        if part in beyond:
            beyond[part] = getattr(whole.deployment, part).model_copy(update=beyond[part])
    return replace(whole, deployment=whole.deployment.model_copy(update=beyond))


# Clients are made once for all tests, as reading a service's model takes the time. Whose answers one gives is said by
# the thread, since a look asks all its questions of one account in one thread.
_asking = threading.local()
_boto3 = boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret")
_making = threading.Lock()


@cache
def _client(service_name: str) -> Any:
    client = _boto3.client(service_name, region_name=REGION)
    client.meta.events.register("before-parameter-build", _remember)
    client.meta.events.register("before-call", lambda **call: _asking.session.answered(service_name, **call))
    return client


class _Bound:
    """A client that answers for one session."""

    def __init__(self, client: Any, session: Session) -> None:
        self._client, self._session = client, session

    def __getattr__(self, name: str) -> Any:
        _asking.session = self._session
        return getattr(self._client, name)


class Session:
    """Stands for `boto3.Session`.

    Parameters
    ----------
    answers
        What AWS answers, by ``service.Operation``: an answer, an error, or what makes one of the parameters.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get_credentials(self) -> Any:
        return _boto3.get_credentials()

    def client(self, service_name: str, **_: Any) -> Any:
        with _making:
            return _Bound(_client(service_name), self)

    def answered(self, service_name: str, model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, Any]:
        asked = context["asked"]
        name = f"{service_name}.{model.name}"
        self.asked.append((name, asked))
        answer = self.answers[name]
        found = answer(asked) if callable(answer) else answer
        if isinstance(found, Refused):
            error = {"Error": {"Code": found.code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": found.status}}
            return AWSResponse("https://aws.example", found.status, {}, None), error
        if isinstance(found, Exception):
            raise found
        whole = copy.deepcopy(dict(found))
        validate_parameters(whole, model.output_shape)
        return AWSResponse("https://aws.example", 200, {}, None), {**whole, "ResponseMetadata": {"HTTPStatusCode": 200}}


def _remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["asked"] = params


class Endpoint:
    """Stands for the network behind `Mantle`: takes signed requests, and gives recorded replies."""

    def __init__(self, replies: Wire) -> None:
        self.replies = replies
        self.requests: list[AWSPreparedRequest] = []

    def __call__(self, request: AWSPreparedRequest) -> tuple[int, bytes]:
        assert "/bedrock-mantle/aws4_request" in str(request.headers["Authorization"])
        self.requests.append(request)
        status, body = self.replies.get(
            (request.method, urlsplit(request.url).path), (404, {"error": {"code": "none"}})
        )
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()


def account(
    answers: Mapping[str, Answer] | None = None, replies: Wire | None = None
) -> tuple[Account, Session, Endpoint]:
    """The healthy account, with other answers to some questions."""
    session = Session({**HEALTHY, **(answers or {})})
    endpoint = Endpoint({**MANTLE, **(replies or {})})
    mantle = Mantle(session, REGION, transport=endpoint)
    return Account(session, REGION, mantle), session, endpoint


def looked(
    look: Look,
    answers: Mapping[str, Answer] | None = None,
    replies: Wire | None = None,
    of: Plan | None = None,
) -> list[Finding]:
    """What one look finds."""
    return run(account(answers, replies)[0], of or plan(), [look])


def by_code(findings: Iterable[Finding], code: str) -> list[Finding]:
    return [finding for finding in findings if finding.code == code]


def worst(findings: Iterable[Finding]) -> set[Status]:
    """The statuses that somebody has to see to."""
    return {finding.status for finding in findings if finding.status.needs_cure}
