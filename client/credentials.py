"""The caller's AWS credentials, as they are at each request: a session of an agent outlives many of them."""

from __future__ import annotations

import threading

from botocore.credentials import ReadOnlyCredentials, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from .errors import CredentialsError

__all__ = ["Credentials"]

#: What to type when there are none; the Makefile of a clone has --profile as a variable.
NONE = "no AWS credentials: sign in (aws sso login), pass --profile (make: PROFILE=…), or set AWS_PROFILE"


class Credentials:
    """The credentials of a profile, or of the usual chain.

    Parameters
    ----------
    profile
        The AWS profile's name, or None.
    """

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._lock = threading.Lock()
        self._refreshed: RefreshableCredentials | None = None

    def session(self) -> Session:
        """Return a session of botocore's with this profile."""
        return Session(profile=self._profile)

    def now(self) -> ReadOnlyCredentials:
        """Return what holds now.

        botocore refreshes those of a role, of Identity Center and of an instance. What stands in a file or in the
        environment is read again each time, since whoever signs in again writes there.

        Raises
        ------
        CredentialsError
            There are none, or no new ones are given out.
        """
        with self._lock:
            try:
                found = self._refreshed or self.session().get_credentials()
                if found is None:
                    raise CredentialsError(NONE)
                self._refreshed = found if isinstance(found, RefreshableCredentials) else None
                return found.get_frozen_credentials()
            except ClientError as error:
                code = error.response["Error"]["Code"]
                raise CredentialsError(f"AWS gives out no credentials ({code}): sign in again") from None
            except BotoCoreError as error:  # its texts name profiles, endpoints and files, no secrets
                raise CredentialsError(f"AWS could not be asked: {error}") from None
            except RuntimeError:  # what botocore raises of credentials that were refreshed and have ended all the same
                raise CredentialsError("the AWS credentials have ended: sign in again") from None
