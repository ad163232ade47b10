"""What is deployed: the teams' APIs and functions, read from the embedded AWS by the AWS APIs."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from local import root
from local.keys import Key
from review.words import many

# Never through a proxy that the machine may be set up with.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_ENDPOINT = re.compile(r"vpce-[0-9a-f]+")
_FUNCTION = re.compile(r"functions/(arn:[^/]+)/(response-streaming-)?invocations")


@dataclass(frozen=True, slots=True)
class Function:
    """A deployed Lambda function.

    Parameters
    ----------
    name, arn, handler, runtime, role
        As in its configuration.
    timeout
        Seconds an invocation may take.
    memory
        MiB.
    environment
        Its variables.
    sha
        Base64 SHA-256 of its code, as AWS gives it.
    log_group
        Where its output goes.
    """

    name: str
    arn: str
    handler: str
    runtime: str
    role: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    sha: str
    log_group: str

    @property
    def version(self) -> str:
        """Differs as soon as anything differs that an execution environment is made from."""
        parts = [self.handler, self.runtime, self.role, self.timeout, self.memory, dict(self.environment), self.sha]
        return json.dumps([*parts, self.log_group], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Authorizer:
    """A REQUEST authorizer: its function, its cache's lifetime in seconds, the header that it reads."""

    function: Function
    ttl: int
    header: str


@dataclass(frozen=True, slots=True)
class Api:
    """A deployed REST API with one greedy resource.

    Parameters
    ----------
    id, stage, resource_id, resource_path
        As deployed.
    authorization
        `AWS_IAM` or `CUSTOM`; anything else lets nobody in.
    authorizer
        For `CUSTOM`.
    function
        What answers.
    streaming
        Whether the integration invokes with a response stream.
    policy
        The resource policy, or None when the embedded AWS keeps none: then nobody gets in.
    endpoint
        Id of the execute-api endpoint that callers come through.
    responses
        API Gateway's own answers, by their type.
    binary
        Media types that are handed over in base64.
    """

    id: str
    account: str
    region: str
    stage: str
    resource_id: str
    resource_path: str
    authorization: str
    authorizer: Authorizer | None
    function: Function
    streaming: bool
    policy: Mapping[str, Any] | None
    endpoint: str
    responses: Mapping[str, Mapping[str, Any]] = field(repr=False)
    binary: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The name that callers use on AWS."""
        return f"{self.id}.execute-api.{self.region}.amazonaws.com"

    def arn(self, method: str, path: str) -> str:
        """ARN of a request to this API."""
        place = f"arn:{partition(self.region)}:execute-api:{self.region}:{self.account}:{self.id}"
        return f"{place}/{self.stage}/{method}/{path.lstrip('/')}"


class Account:
    """Reads the embedded AWS.

    Parameters
    ----------
    aws
        Its base URL.
    region
        The Region of the deployment.
    key
        The run's root key.
    """

    def __init__(self, aws: str, region: str, key: Key) -> None:
        self._region = region
        self._key = key
        self._options: dict[str, Any] = {
            "endpoint_url": aws,
            "region_name": region,
            "aws_access_key_id": key.access_key,
            "aws_secret_access_key": key.secret_key,
            # Never through a proxy that the machine may be set up with.
            "config": Config(proxies={}, connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}),
        }
        self._session = boto3.session.Session()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """Give the client of a service. Clients may be shared between threads; making one takes a while."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service, **self._options)
            return self._clients[service]

    def stacks(self) -> list[dict[str, Any]]:
        """List the stacks that stand."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
        return [s for s in found if s["StackStatus"].endswith("_COMPLETE") and s["StackStatus"] != "DELETE_COMPLETE"]

    def fingerprint(self) -> str:
        """Say something that changes when a stack does."""
        changed = [
            (s["StackName"], str(s.get("LastUpdatedTime", s["CreationTime"])), s["StackStatus"]) for s in self.stacks()
        ]
        return json.dumps(sorted(changed))

    def apis(self) -> dict[str, Api]:
        """Read the API of each Team stack, by its id."""
        outputs = [{o["OutputKey"]: o["OutputValue"] for o in s.get("Outputs", [])} for s in self.stacks()]
        endpoints = [o["ExecuteApiEndpoint"] for o in outputs if "ExecuteApiEndpoint" in o]
        return {o["ApiId"]: self._api(o["ApiId"], endpoints) for o in outputs if "ApiId" in o}

    def _api(self, id: str, endpoints: Sequence[str]) -> Api:
        gateway = self.client("apigateway")
        api = gateway.get_rest_api(restApiId=id)
        stage = gateway.get_stages(restApiId=id)["item"][0]["stageName"]
        resources = gateway.get_resources(restApiId=id, limit=500, embed=["methods"])["items"]
        greedy = [
            resource for resource in resources if resource["path"].endswith("+}") and resource.get("resourceMethods")
        ]
        if len(greedy) != 1:
            raise ValueError(
                f"API {id} has {many(len(greedy), 'greedy resource')}; the door serves APIs with exactly one"
            )
        resource = greedy[0]
        if set(resource["resourceMethods"]) != {"ANY"}:
            raise ValueError(
                f"API {id} has methods {sorted(resource['resourceMethods'])} on {resource['path']}, not ANY"
            )
        method = gateway.get_method(restApiId=id, resourceId=resource["id"], httpMethod="ANY")
        found = _FUNCTION.search(method["methodIntegration"]["uri"])
        if not found:
            raise ValueError(f"API {id} integrates {method['methodIntegration']['uri']!r}, which is no Lambda function")
        authorizer = None
        if method["authorizationType"] == "CUSTOM":
            authorizer = self._authorizer(gateway, id, method["authorizerId"])
        answers = gateway.get_gateway_responses(restApiId=id, limit=500)["items"]
        function = self.function(found[1])
        return Api(
            id=id,
            account=function.arn.split(":")[4],
            region=self._region,
            stage=stage,
            resource_id=resource["id"],
            resource_path=resource["path"],
            authorization=method["authorizationType"],
            authorizer=authorizer,
            function=function,
            streaming=bool(found[2]),
            policy=policy_of(in_partition(api.get("policy") or "", self._region)),
            endpoint=endpoint_of(api.get("policy") or "", endpoints),
            responses={answer["responseType"]: answer for answer in answers},
            binary=tuple(api.get("binaryMediaTypes") or ()),
        )

    def _authorizer(self, gateway: Any, api: str, id: str) -> Authorizer:
        found = gateway.get_authorizer(restApiId=api, authorizerId=id)
        uri = _FUNCTION.search(found["authorizerUri"])
        if found["type"] != "REQUEST" or not uri:
            raise ValueError(f"authorizer {id} of API {api} is not a REQUEST authorizer of a function")
        source = found.get("identitySource", "method.request.header.Authorization")
        ttl = int(found.get("authorizerResultTtlInSeconds", 300))
        return Authorizer(self.function(uri[1]), ttl, source.rpartition(".")[2])

    def function(self, name: str) -> Function:
        """Read a function's configuration."""
        found = self.client("lambda").get_function_configuration(FunctionName=name)
        group = (found.get("LoggingConfig") or {}).get("LogGroup")
        return Function(
            name=found["FunctionName"],
            arn=in_partition(found["FunctionArn"], self._region),
            handler=found["Handler"],
            runtime=found["Runtime"],
            role=found["Role"],
            timeout=int(found["Timeout"]),
            memory=int(found["MemorySize"]),
            environment=(found.get("Environment") or {}).get("Variables") or {},
            sha=found["CodeSha256"],
            log_group=group or f"/aws/lambda/{found['FunctionName']}",
        )

    def download(self, function: Function) -> bytes:
        """Fetch a function's package.

        Raises
        ------
        ValueError
            When the embedded AWS points somewhere else for it than to itself.
        """
        url = str(self.client("lambda").get_function(FunctionName=function.name)["Code"]["Location"])
        if not url.startswith(f"{self._options['endpoint_url']}/"):
            raise ValueError(
                f"the package of {function.name} is not at the embedded AWS but at {url.partition('?')[0]}"
            )
        signed = root.sign(self._key, "lambda", self._region, "GET", url)
        request = urllib.request.Request(url, headers=signed)  # noqa: S310  # loopback, checked above
        with _DIRECT.open(request, timeout=30) as answer:
            return bytes(answer.read())

    def assume(self, role: str, session: str) -> dict[str, str]:
        """Assume a role, as Lambda does with a function's."""
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName=session)
        user = answer["AssumedRoleUser"]
        arn = in_partition(user["Arn"], self._region)
        return {**answer["Credentials"], "Arn": arn, "UserId": user["AssumedRoleId"]}


def partition(region: str) -> str:
    """Return the partition that a Region belongs to, as ARNs name it."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def in_partition(text: str, region: str) -> str:
    """Return a text of ministack's with its ARNs in the Region's partition; ministack itself knows one alone.

    Examples
    --------
    >>> in_partition("arn:aws:iam::000000000000:role/a", "us-gov-west-1")
    'arn:aws-us-gov:iam::000000000000:role/a'
    """
    return text.replace("arn:aws:", f"arn:{partition(region)}:")


def endpoint_of(policy: str, endpoints: Sequence[str]) -> str:
    """Return the id of the execute-api endpoint that callers of an API come through, or an empty string.

    Parameters
    ----------
    policy
        The API's resource policy, which names the endpoints that it takes requests through.
    endpoints
        Those that deployments made, of which there may be several; a hub's is in the policy alone.

    Examples
    --------
    >>> endpoint_of('… vpce-0b …', ["vpce-0a", "vpce-0b"]), endpoint_of('… vpce-0c …', ["vpce-0a"])
    ('vpce-0b', 'vpce-0c')
    """
    named = _ENDPOINT.findall(policy)
    return next((id for id in endpoints if id in named), named[0] if named else "")


def policy_of(text: str | None) -> Mapping[str, Any] | None:
    """Read a REST API's policy, which API Gateway returns as JSON with its quotes escaped."""
    if not text:
        return None
    parsed = json.loads(text) if text.lstrip().startswith('{"') else json.loads(json.loads(f'"{text}"'))
    return parsed if isinstance(parsed, dict) else None
