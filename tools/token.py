"""Make a short-lived bearer token for a team's API: ``python -m tools.token --team atlas``.

The token is made here, from the caller's own AWS credentials, without asking anybody: it is a presigned
``sts:GetCallerIdentity``, signed over the id of the one API that it is for. It is printed alone on standard output, so
that ``export OPENAI_API_KEY=$(make -s token TEAM=atlas)`` works; what there is to say about it goes to standard error.
See ``docs/tokens.md``.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

from stacks.settings import SettingsError, load

__all__ = ["MAXIMUM", "PREFIX", "MintError", "find_api", "main", "mint"]

ROOT = Path(__file__).parent.parent
MAXIMUM = 900
"""Seconds that a token may be valid: AWS STS takes none that is older."""

PREFIX = "cloister-"
_SIGNED = "'{}' has 'access: iam': its callers sign requests with AWS Signature Version 4, and need no token"
_API_ID = re.compile(r"[a-z0-9]{1,64}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


class MintError(Exception):
    """No token can be made; the text says why, and what to do."""


def mint(
    credentials: ReadOnlyCredentials,
    region: str,
    api_id: str,
    expires: int = MAXIMUM,
    now: datetime.datetime | None = None,
) -> str:
    """Make a token.

    Parameters
    ----------
    credentials
        A role's credentials: ``access_key``, ``secret_key`` and ``token``.
    region
        The Region of the API.
    api_id
        The API that the token is for; it opens no other.
    expires
        Seconds until it ends, 900 at most.
    now
        The time, with its zone; that of the clock when left out.

    Raises
    ------
    MintError
        When no token that would be accepted can be made of these.

    Examples
    --------
    >>> mint(ReadOnlyCredentials("ASIAEXAMPLEEXAMPLE00", "secret", "session"), "us-east-1", "a1b2c3d4e5")[:23]
    'cloister-aHR0cHM6Ly9zdH'
    """
    if not 1 <= expires <= MAXIMUM:
        raise MintError(f"--expires {expires}: a token is valid for 1 to {MAXIMUM} seconds")
    if not _REGION.fullmatch(region):
        raise MintError("the Region must be a Region's name, such as us-east-1")
    if not _API_ID.fullmatch(api_id):
        raise MintError("the API's id must be lower-case letters and digits, such as a1b2c3d4e5")
    if not credentials.token:
        raise MintError(
            "these are long-term keys of an IAM user or of the account's root, and only roles may call: "
            "use the credentials of a role that the team's file names (--profile)"
        )
    request = AWSRequest(
        "GET",
        f"https://sts.{region}.amazonaws.com/",
        headers={"x-cloister-api": api_id},
        params={"Action": "GetCallerIdentity", "Version": "2011-06-15"},
    )
    # What botocore's add_auth does, but for the clock, and for the debug log, which would hold the session token.
    signer = SigV4QueryAuth(credentials, "sts", region, expires=expires)
    request.context["timestamp"] = (now or datetime.datetime.now(datetime.UTC)).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    signed = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(signed, request))
    return PREFIX + base64.urlsafe_b64encode(request.url.encode()).rstrip(b"=").decode()


def find_api(session: boto3.Session, region: str, stack: str) -> str:
    """Return the id of a team's API from the outputs of its stack.

    Raises
    ------
    MintError
        When the stack is not there, or is not one of a team with tokens.
    """
    client = session.client("cloudformation", region_name=region)
    try:
        found = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        problem = error.response["Error"]
        if problem["Code"] == "ValidationError":
            raise MintError(
                f"no stack '{stack}' in {region}: deploy it (cdk deploy {stack}), or pass --api-id"
            ) from None
        raise MintError(
            f"CloudFormation refused to describe '{stack}' ({problem['Code']}): "
            "allow cloudformation:DescribeStacks, or pass --api-id"
        ) from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    if outputs.get("Access") == "iam":
        raise MintError(_SIGNED.format(stack))
    if "ApiId" not in outputs:
        raise MintError(f"stack '{stack}' has no output ApiId (its status is {found['StackStatus']}): deploy it again")
    return str(outputs["ApiId"])


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print a token; return 1, with the reason on standard error, when none can be made."""
    options = _options(arguments)
    try:
        region, stack = _target(options, root)
        session = boto3.Session(profile_name=options.profile, region_name=region)
        credentials = session.get_credentials()
        if credentials is None:
            raise MintError("no AWS credentials: sign in (aws sso login), pass --profile, or set AWS_PROFILE")
        frozen = credentials.get_frozen_credentials()
        api_id = options.api_id or find_api(session, region, stack)
        token = mint(frozen, region, api_id, options.expires)
    except (MintError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BotoCoreError as error:  # its texts name profiles, endpoints and files, no secrets
        sys.stderr.write(f"AWS could not be asked: {error}\n")
        return 1
    sys.stdout.write(f"{token}\n")
    end = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=options.expires)
    sys.stderr.write(
        f"For API {api_id} in {region}, until {end:%H:%M:%S} or until your AWS credentials end. "
        "Whoever holds it calls as you: keep it out of files and logs.\n"
    )
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tools.token", description="Print a bearer token for a team's API.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--team", help="a team with 'access: token'; its API is looked up in the outputs of its stack")
    which.add_argument("--api-id", help="the API's id itself: nothing is looked up")
    parser.add_argument("--region", help="the API's Region (default: the one in cloister.yaml)")
    parser.add_argument("--profile", help="an AWS profile (default: the usual chain of credentials)")
    parser.add_argument("--expires", type=int, default=MAXIMUM, help="seconds that it is valid (default and most: 900)")
    return parser.parse_args(arguments)


def _target(options: argparse.Namespace, root: Path) -> tuple[str, str]:
    """Return the Region and the name of the team's stack."""
    if options.api_id and options.region:
        return options.region, ""
    settings = load(root)
    region = options.region or settings.deployment.region
    if not options.team:
        return region, ""
    team = next((team for team in settings.teams if team.name == options.team), None)
    if team is None:
        names = ", ".join(team.name for team in settings.teams)
        raise MintError(f"no team '{options.team}' in teams/: it is one of {names}")
    stack = f"{settings.deployment.name}-Team-{team.name}"
    if team.access == "iam":
        raise MintError(_SIGNED.format(stack))
    return region, stack


if __name__ == "__main__":
    sys.exit(main())
