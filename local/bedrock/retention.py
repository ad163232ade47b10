"""Which data retention mode a Project has, and a model for it: as the service begins, until an administrator sets one.

A new Project has no mode of its own and inherits the account's or the model's, which keeps what abuse detection needs
(https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html). Who may change it is IAM's to say on AWS;
here it is the run's administrator, so that no function passes for one.
"""

from __future__ import annotations

from typing import Any

from local.bedrock.errors import RejectedError

MODES = ("none", "default", "aws_review", "provider_data_share", "inherit")
"""All that are documented, from what keeps least; the last has no opinion."""

PROJECTS = "/v1/organization/projects/"


class Retention:
    """The modes of a Region's Projects."""

    def __init__(self) -> None:
        self._modes: dict[str, str] = {}

    def mode(self, project: str) -> str:
        """Return the mode that a Project has.

        Examples
        --------
        >>> Retention().mode("proj_new")
        'inherit'
        """
        return self._modes.get(project, "inherit")

    def change(self, project: str, body: dict[str, Any], caller: str) -> None:
        """Give a Project the mode that a request asks for.

        Parameters
        ----------
        project
            A Project that exists.
        body
            The request's body: ``{"data_retention": {"mode": "none"}}``.
        caller
            ARN of whoever asks.

        Raises
        ------
        RejectedError
            They may not, or there is no such mode.
        """
        if not caller.endswith(":root"):
            raise RejectedError(403, "access_denied", "Not allowed.", kind="permission_error")
        asked = body.get("data_retention")
        mode = asked.get("mode") if isinstance(asked, dict) else None
        if mode not in MODES:
            raise RejectedError(400, "invalid_value", f"There is no mode {mode!r}.", param="data_retention.mode")
        self._modes[project] = mode


def told(project: str, mode: str) -> dict[str, Any]:
    """Return what is told of a Project."""
    return {"id": project, "object": "project", "status": "active", "data_retention": {"mode": mode}}


def model(name: str, mode: str) -> dict[str, Any]:
    """Return what is told of a model to a Project of a mode.

    Which modes Gemma 4 allows is not documented; a model that keeps nothing allows these two.
    """
    inherits = mode == "inherit"
    retention = {
        "allowed_modes": ["none", "default"],
        "mode": "default" if inherits else mode,
        "source": "model_default" if inherits else "project",
    }
    return {"id": name, "object": "model", "owned_by": "google", "status": "ACTIVE", "data_retention": retention}
