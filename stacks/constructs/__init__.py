"""Cloister's building blocks, each usable alone in another CDK app.

They take typed values, never read a file, and ask nothing of the network at synthesis.
"""

from stacks.constructs import endpoint_policies
from stacks.constructs.api import STAGE, PrivateApi
from stacks.constructs.api_logging import ApiGatewayLogging
from stacks.constructs.authorizer import TokenAuthorizer
from stacks.constructs.bucket import AuditBucket
from stacks.constructs.endpoint import PrivateEndpoint
from stacks.constructs.flow_logs import FlowLogs
from stacks.constructs.function_role import FunctionRole
from stacks.constructs.guardrail import BaselineGuardrail, PinnedGuardrail
from stacks.constructs.key import CustomerKey
from stacks.constructs.log_group import EncryptedLogGroup
from stacks.constructs.network import FunctionNetwork, IsolatedNetwork
from stacks.constructs.project import TeamProject
from stacks.constructs.proxy import METRIC_NAMESPACE, ProxyFunction, TeamPolicy
from stacks.constructs.security_group import ClosedSecurityGroup
from stacks.constructs.trail import BEDROCK_DATA_EVENTS, DataEventTrail

__all__ = [
    "BEDROCK_DATA_EVENTS",
    "METRIC_NAMESPACE",
    "STAGE",
    "ApiGatewayLogging",
    "AuditBucket",
    "BaselineGuardrail",
    "ClosedSecurityGroup",
    "CustomerKey",
    "DataEventTrail",
    "EncryptedLogGroup",
    "FlowLogs",
    "FunctionNetwork",
    "FunctionRole",
    "IsolatedNetwork",
    "PinnedGuardrail",
    "PrivateApi",
    "PrivateEndpoint",
    "ProxyFunction",
    "TeamPolicy",
    "TeamProject",
    "TokenAuthorizer",
    "endpoint_policies",
]
