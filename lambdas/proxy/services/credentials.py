"""AWS credentials as Lambda hands them to a function: in the environment, fixed for the life of the process."""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own constant costs an import at cold start; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Mapping


class Credentials:
    """An access key, its secret and (for a role) its session token. Immutable; never shown by ``repr``.

    Parameters
    ----------
    access_key, secret_key
        As AWS issued them.
    session_token
        Present for every role's credentials, absent for a user's long-lived key.

    Examples
    --------
    >>> Credentials("AKIDEXAMPLE", "secret", None)
    Credentials(access_key='AKIDEXAMPLE')
    """

    __slots__ = ("_access_key", "_secret_key", "_session_token")

    def __init__(self, access_key: str, secret_key: str, session_token: str | None = None) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._session_token = session_token

    @property
    def access_key(self) -> str:
        """The key's id; not a secret."""
        return self._access_key

    @property
    def secret_key(self) -> str:
        """The signing secret."""
        return self._secret_key

    @property
    def session_token(self) -> str | None:
        """The session token of a role's credentials, or None."""
        return self._session_token

    def __repr__(self) -> str:
        return f"Credentials(access_key={self._access_key!r})"


def from_environment(environ: Mapping[str, str]) -> Credentials:
    """Read the credentials of the function's role.

    Parameters
    ----------
    environ
        Usually ``os.environ``.

    Raises
    ------
    KeyError
        If a variable that Lambda always sets is missing or empty; the message names it.

    Examples
    --------
    >>> from_environment({"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s"}).access_key
    'AKIDEXAMPLE'
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environ.get(name):
            raise KeyError(f"{name} is not set: without the role's credentials no request can be signed")
    return Credentials(
        environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ.get("AWS_SESSION_TOKEN") or None
    )
