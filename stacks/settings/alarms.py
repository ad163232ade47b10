"""``alarms`` in ``cloister.yaml``: who is told when something happens that should not."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.catalogue import Frozen
from stacks.settings.kinds import Email, listed, text

__all__ = ["Alarms"]


class Alarms(Frozen):
    """Who is told of alarms."""

    email: Annotated[tuple[Email, ...], *listed(0, 20, "needs up to 20 addresses, each once")] = Field(
        default=(),
        description="Addresses that alarms are sent to. AWS asks each to confirm, and sends it nothing before it has.",
    )

    runbooks: Annotated[
        str, *text(r"docs/runbooks|https://[A-Za-z0-9._~/?#=&%:+-]{1,180}", "needs an https:// address", 190)
    ] = Field(
        default="docs/runbooks",
        description="Where whoever is told finds the runbooks, as an https:// address without a slash at the end; "
        "without it an alarm names the file in the deployed clone.",
    )

    @property
    def told(self) -> str:
        """Who is told, in words, for outputs and reports: how many, since addresses are personal data.

        Example
        -------
        >>> Alarms(email=("platform@example.com",)).told
        '1 address by e-mail, once it has confirmed'
        >>> Alarms().told
        "NOBODY: alarms are raised and nobody is told; name 'email' under 'alarms' in cloister.yaml"
        """
        if not self.email:
            return "NOBODY: alarms are raised and nobody is told; name 'email' under 'alarms' in cloister.yaml"
        if len(self.email) == 1:
            return "1 address by e-mail, once it has confirmed"
        return f"{len(self.email)} addresses by e-mail, once they have confirmed"
