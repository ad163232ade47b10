"""Write the policies that an organisation attaches: ``python -m tools.policies``.

They name this deployment's account, Region and resources; nothing is asked of AWS.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from review.outputs import OutputError, check_folder, write
from stacks.policies import Names, documents
from stacks.policies.names import BOOTSTRAP_QUALIFIER
from stacks.settings import Deployment, SettingsError, load

__all__ = ["PoliciesError", "main", "names_of"]

ROOT = Path(__file__).parent.parent
_QUALIFIER = "@aws-cdk/core:bootstrapQualifier"


class PoliciesError(Exception):
    """What is missing, and how to give it."""


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write ``build/policies/*.json``, and print the size of each."""
    options = _options(arguments)
    try:
        names = names_of(load(root).deployment, options.account, _qualifier(root))
        written = documents.all_documents(names, _endpoints(options))
    except (PoliciesError, SettingsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    folder = root / "build" / "policies"
    try:
        check_folder(folder)
        for name, text in written.items():
            write(folder / name, text)
    except OutputError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, text in written.items():
        sys.stdout.write(f"build/policies/{name:26} {len(text):>5,} of {documents.LIMITS[name]:,} characters\n")
    sys.stdout.write(f"make the permissions boundary as {names.boundary}; docs/policies.md says what each one covers\n")
    return 0


def names_of(deployment: Deployment, account: str | None = None, qualifier: str = BOOTSTRAP_QUALIFIER) -> Names:
    """Return the deployment as policies name it.

    Parameters
    ----------
    deployment
        The settings.
    account
        Its account, where the settings leave it open.
    qualifier
        The qualifier that the account was bootstrapped with.

    Raises
    ------
    PoliciesError
        When no account is given, or two that differ.
    """
    if account and deployment.account and account != deployment.account:
        raise PoliciesError(
            f"--account {account}: cloister.yaml pins the deployment to {deployment.account}; leave one of them out"
        )
    known = deployment.account or account
    if known is None:
        raise PoliciesError(
            "the policies name the account, and none is known: set 'account' in cloister.yaml, or run "
            "`make policies ACCOUNT=123456789012`"
        )
    if re.fullmatch(r"[0-9]{12}", known) is None:
        raise PoliciesError("--account: needs the 12 digits of an AWS account")
    return Names(
        name=deployment.name,
        account=known,
        region=deployment.region,
        partition=deployment.partition,
        administrators=deployment.administrator_arns(known),
        beside=deployment.beside,
        qualifier=qualifier,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.policies", description=__doc__)
    parser.add_argument("--account", help="the deployment's account, where cloister.yaml leaves it open")
    parser.add_argument(
        "--endpoint", action="append", default=[], help="a bedrock-mantle endpoint to name (vpce-…); may be repeated"
    )
    parser.add_argument(
        "--without-endpoint-condition",
        action="store_true",
        help="leave out the unproven condition, where the live check shows that requests do not carry it",
    )
    return parser.parse_args(arguments)


def _endpoints(options: argparse.Namespace) -> list[str] | None:
    endpoints: list[str] = options.endpoint
    for endpoint in endpoints:
        if re.fullmatch(r"vpce-[0-9a-f]{8,17}", endpoint) is None:
            raise PoliciesError(
                f"--endpoint {endpoint}: needs the id of a VPC endpoint, such as vpce-0123456789abcdef0"
            )
    return None if options.without_endpoint_condition else endpoints


def _qualifier(root: Path) -> str:
    """Read the qualifier from where the CDK CLI reads it."""
    context = json.loads((root / "cdk.json").read_text(encoding="utf-8")).get("context", {})
    return str(context.get(_QUALIFIER, BOOTSTRAP_QUALIFIER))


if __name__ == "__main__":
    sys.exit(main())
