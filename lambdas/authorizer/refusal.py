"""Why a caller is not let in, as codes: what a caller sent never becomes part of a message.

::

    Exception
    ├── RefusedError     the token proves nothing: 401
    ├── ForbiddenError   the token proves who calls, and that is nobody of this team: 403
    └── UndecidedError   the security token service gave no usable answer: 503, never an answer from the API
"""

from __future__ import annotations

__all__ = ["ForbiddenError", "RefusedError", "UndecidedError"]


class RefusedError(Exception):
    """The token does not prove who calls.

    Parameters
    ----------
    reason
        A code for the log; never text of the token.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForbiddenError(Exception):
    """The caller is known, and may not call this team's API.

    Parameters
    ----------
    reason
        A code for the log.
    principal
        The caller's ARN, as AWS STS stated it.
    """

    def __init__(self, reason: str, principal: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.principal = principal


class UndecidedError(Exception):
    """Nobody can say who calls at the moment.

    Parameters
    ----------
    reason
        A code for the log.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
