"""A team's API: where it is, and how its callers show who they are."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.session import Session

from .credentials import NONE
from .errors import AccessError

__all__ = ["Api", "arguments", "find", "of_stack"]

# With an interface endpoint's id behind the API's where private DNS is not used:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
_EXECUTE_API = re.compile(r"([a-z0-9]+)(?:-vpce-[0-9a-z-]+)?\.execute-api\.([a-z0-9-]+)\.amazonaws\.com")


@dataclass(frozen=True, slots=True)
class Api:
    """A team's API.

    Parameters
    ----------
    url
        Its base URL, with no slash at the end.
    id
        Its id in API Gateway.
    region
        Its Region.
    access
        ``token`` or ``iam``, as the team's file has it.
    """

    url: str
    id: str
    region: str
    access: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which API, and who calls."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--url", help="the team's base URL, as its stack's output BaseUrl has it")
    which.add_argument("--stack", help="the team's stack, such as Cloister-Team-atlas: the rest is read in its outputs")
    which.add_argument("--api-id", help="the API's id itself: nothing is looked up")
    parser.add_argument("--region", help="the API's Region (default: the one in the URL, else your AWS profile's)")
    parser.add_argument("--profile", help="an AWS profile (default: the usual chain of credentials)")


def find(options: argparse.Namespace, session: Session, access: str = "token") -> Api:
    """Return the API that the options name.

    Raises
    ------
    AccessError
        They do not name one, or it cannot be looked up.
    """
    region = options.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if options.stack:
        return of_stack(session, _known(region), options.stack)
    if not options.url:
        region = _known(region)
        return Api(f"https://{options.api_id}.execute-api.{region}.amazonaws.com/v1", options.api_id, region, access)
    return of_url(options.url, access, options.region, region)


def of_url(url: str, access: str, named: str | None = None, usual: str | None = None) -> Api:
    """Return the API at a base URL, which is AWS's own or the loopback address of an embedded deployment.

    Parameters
    ----------
    url
        The base URL, such as ``https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1``.
    access
        ``token`` or ``iam``.
    named
        The Region that the caller named; another than the URL's is a mistake.
    usual
        The Region for a URL that names none.

    Raises
    ------
    AccessError
        It is none of these.

    Examples
    --------
    >>> api = of_url("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1/", "token")
    >>> api.url, api.id, api.region
    ('https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/v1', 'a1b2c3d4e5', 'us-east-1')
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if parts.query or parts.fragment or parts.username is not None or not re.fullmatch(r"(/[A-Za-z0-9_-]+)+", path):
        raise AccessError(f"--url {url!r}: it must be a base URL such as https://….amazonaws.com/v1")
    host = parts.hostname or ""
    whole = f"{parts.scheme}://{parts.netloc}{path}"
    if parts.scheme == "https" and (found := _EXECUTE_API.fullmatch(host)):
        if named and named != found[2]:
            raise AccessError(f"--region {named}: the URL is one of {found[2]}")
        return Api(whole, found[1], found[2], access)
    if parts.scheme == "http" and _loopback(host):
        return Api(whole, path.split("/")[1], _known(named or usual), access)
    raise AccessError(
        f"--url {url!r}: it must be the output BaseUrl of the team's stack, https://….execute-api.….amazonaws.com/v1, "
        "or the loopback address of an embedded deployment; plain HTTP leads nowhere else"
    )


def of_stack(session: Session, region: str, stack: str) -> Api:
    """Return the API of a team from the outputs of its stack.

    Raises
    ------
    AccessError
        The stack is not there, cannot be read, or is none of a team.
    """
    try:
        client = session.create_client("cloudformation", region_name=region)
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        problem = error.response["Error"]
        if problem["Code"] == "ValidationError":
            text = f"no stack '{stack}' in {region}: deploy it (cdk deploy {stack}), or pass --api-id"
            raise AccessError(text) from None
        raise AccessError(
            f"CloudFormation refused to describe '{stack}' ({problem['Code']}): "
            "allow cloudformation:DescribeStacks, or pass --api-id"
        ) from None
    except NoCredentialsError:
        raise AccessError(NONE) from None
    except BotoCoreError as error:  # its texts name profiles, endpoints and files, no secrets
        raise AccessError(f"AWS could not be asked: {error}") from None
    outputs = {output["OutputKey"]: str(output["OutputValue"]) for output in found.get("Outputs", [])}
    if "ApiId" not in outputs:
        status = found["StackStatus"]
        raise AccessError(f"stack '{stack}' has no output ApiId (its status is {status}): deploy it again")
    return Api(outputs.get("BaseUrl", "").rstrip("/"), outputs["ApiId"], region, outputs.get("Access", "token"))


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _known(region: str | None) -> str:
    if not region:
        raise AccessError("in which Region is it? Pass --region, or set AWS_REGION")
    return region
