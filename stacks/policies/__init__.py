"""What an organisation and an account deny so that nobody gets round the proxies, as plain data and without CDK.

The same statements become documents that people attach (`documents`, written by ``make policies``) and a managed policy
of the deployment (`stacks.constructs.BypassDenial`).
"""

from stacks.policies import documents
from stacks.policies.bypass import bypass
from stacks.policies.names import Names
from stacks.policies.platform import network, platform
from stacks.policies.statement import Statement

__all__ = ["Names", "Statement", "bypass", "documents", "network", "platform"]
