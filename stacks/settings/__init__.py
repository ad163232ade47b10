"""The settings: what a person writes, read once, checked once, and handed on as typed, frozen values.

>>> from pathlib import Path
>>> load(Path(".")).deployment.name
'Cloister'
"""

from stacks.catalogue import Catalogue
from stacks.settings.additions import Additions, merged
from stacks.settings.archive import Archive
from stacks.settings.budget import Budget, Identity
from stacks.settings.deployment import Audit, Deployment
from stacks.settings.endpoints import HubEndpoints
from stacks.settings.errors import Mistake, SettingsError
from stacks.settings.guardrail import Guardrail, Regex, Topic
from stacks.settings.images import ImageBucket
from stacks.settings.load import TEAMS, Settings, load, load_catalogue
from stacks.settings.network import Clients, Development, Existing, Hub, HubClients, Isolated
from stacks.settings.prices import Prices, known
from stacks.settings.team import Caller, Team

__all__ = [
    "TEAMS",
    "Additions",
    "Archive",
    "Audit",
    "Budget",
    "Caller",
    "Catalogue",
    "Clients",
    "Deployment",
    "Development",
    "Existing",
    "Guardrail",
    "Hub",
    "HubClients",
    "HubEndpoints",
    "Identity",
    "ImageBucket",
    "Isolated",
    "Mistake",
    "Prices",
    "Regex",
    "Settings",
    "SettingsError",
    "Team",
    "Topic",
    "known",
    "load",
    "load_catalogue",
    "merged",
]
