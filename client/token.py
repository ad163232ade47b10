"""Print a short-lived bearer token for a team's API: ``cloister-token --url https://…/v1``.

It is printed alone on standard output, so that ``export OPENAI_API_KEY=$(cloister-token …)`` works; what there is to
say about it goes to standard error.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError

from . import api
from .credentials import Credentials
from .errors import AccessError, MintError
from .mint import MAXIMUM, mint

__all__ = ["SIGNED", "main"]

SIGNED = "'{}' has 'access: iam': its callers sign requests with AWS Signature Version 4, and need no token"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a token; return 1, with the reason on standard error, when none can be made."""
    parser = argparse.ArgumentParser("cloister-token", description="Print a bearer token for a team's API.")
    api.arguments(parser)
    parser.add_argument("--expires", type=int, default=MAXIMUM, help="seconds that it is valid (default and most: 900)")
    options = parser.parse_args(arguments)
    try:
        credentials = Credentials(options.profile)
        own = credentials.now()
        found = api.find(options, credentials.session())
        if found.access == "iam":
            raise MintError(SIGNED.format(options.stack))
        token = mint(own, found.region, found.id, options.expires)
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except BotoCoreError as error:
        sys.stderr.write(f"AWS could not be asked: {error}\n")
        return 1
    sys.stdout.write(f"{token}\n")
    end = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=options.expires)
    sys.stderr.write(
        f"For API {found.id} in {found.region}, until {end:%H:%M:%S} or until your AWS credentials end. "
        "Whoever holds it calls as you: keep it out of files and logs.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
