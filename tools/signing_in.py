"""What to type when AWS could not be asked: most often nobody has signed in."""

from __future__ import annotations

import os

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError

__all__ = ["ADVICE", "not_asked"]

ADVICE = "sign in (aws sso login), pass PROFILE=…, or set AWS_PROFILE"
# What AWS answers to a key that it does not know, or whose time is over
# (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html).
_OVER = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired", "UnrecognizedClientException"}
)


def not_asked(error: BotoCoreError | ClientError, *, local: bool = False) -> str:
    """Return why AWS was not asked or refused, with what to type where that helps, in whole lines.

    Parameters
    ----------
    error
        What botocore says: its texts name actions, resources, profiles and files, no secrets.
    local
        Whether the command may ask the kit of this machine instead.

    Examples
    --------
    >>> from botocore.exceptions import NoCredentialsError
    >>> print(not_asked(NoCredentialsError(), local=True), end="")
    AWS was not asked: Unable to locate credentials
    sign in (aws sso login), pass PROFILE=…, or set AWS_PROFILE; for what make up has started: LOCAL=1
    """
    if isinstance(error, ClientError):
        said = f"AWS refused: {error}\n"
        is_signing = error.response.get("Error", {}).get("Code") in _OVER
    else:
        said = f"AWS was not asked: {error}\n"
        is_signing = not isinstance(error, ConnectionError)
    if not is_signing or os.environ.get("CLOISTER_LOCAL"):
        return said
    return f"{said}{ADVICE}{'; for what make up has started: LOCAL=1' if local else ''}\n"
