"""Why a question has no answer."""

from __future__ import annotations

__all__ = ["NotAnsweredError"]


class NotAnsweredError(Exception):
    """A question was refused, failed, or was answered in a way that cannot be read.

    Parameters
    ----------
    action
        The IAM action of the question, for example ``ec2:DescribeVpcs``.
    code
        What came back: AWS's error code, ``HTTP 503``, or the kind of failure.
    is_refused
        Whether it was refused for want of a right.
    """

    def __init__(self, action: str, code: str, *, is_refused: bool = False) -> None:
        super().__init__(f"{action} {'was refused' if is_refused else 'has no answer'} ({code})")
        self.action = action
        self.code = code
        self.is_refused = is_refused
