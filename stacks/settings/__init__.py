"""The settings: what a person writes, read once, checked once, and handed on as typed, frozen values.

>>> from pathlib import Path
>>> load(Path(".")).deployment.name
'Cloister'
"""

from stacks.settings.deployment import Audit, Deployment, Network
from stacks.settings.errors import Mistake, SettingsError
from stacks.settings.guardrail import Guardrail, Topic
from stacks.settings.load import Settings, load
from stacks.settings.team import Caller, Team

__all__ = [
    "Audit",
    "Caller",
    "Deployment",
    "Guardrail",
    "Mistake",
    "Network",
    "Settings",
    "SettingsError",
    "Team",
    "Topic",
    "load",
]
