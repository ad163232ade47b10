"""Cloister's building blocks, each usable alone in another CDK app.

They take typed values, never read a file, and ask nothing of the network at synthesis.
"""

from stacks.constructs import endpoint_policies, opened_policies
from stacks.constructs.alarm_topic import AlarmTopic
from stacks.constructs.api import STAGE, PrivateApi
from stacks.constructs.api_logging import ApiGatewayLogging
from stacks.constructs.auditor import AuditorRole
from stacks.constructs.authorizer import TokenAuthorizer
from stacks.constructs.bucket import AuditBucket
from stacks.constructs.bucket_names import BucketNames
from stacks.constructs.bypass_denial import BypassDenial
from stacks.constructs.change_alarm import ChangeAlarm
from stacks.constructs.digest_key import DigestKey
from stacks.constructs.dns_firewall import DnsFirewall
from stacks.constructs.endpoint import PrivateEndpoint
from stacks.constructs.fault import RUNBOOKS, Fault
from stacks.constructs.flow_logs import FlowLogs
from stacks.constructs.function import FunctionCode
from stacks.constructs.function_role import FunctionRole
from stacks.constructs.gateway_endpoint import GatewayEndpoint
from stacks.constructs.guardrail import BaselineGuardrail, PinnedGuardrail
from stacks.constructs.host_name import HostName
from stacks.constructs.hub_endpoint import HubEndpoint
from stacks.constructs.images import image_rights
from stacks.constructs.key import CustomerKey
from stacks.constructs.ledger_table import LedgerTable
from stacks.constructs.log_group import EncryptedLogGroup
from stacks.constructs.network import ExistingNetwork, FunctionNetwork, IsolatedNetwork
from stacks.constructs.network_acl import IsolatedNetworkAcl
from stacks.constructs.parameters import PublishedParameters
from stacks.constructs.platform_alarms import PlatformAlarms, services_alarm
from stacks.constructs.platform_dashboard import PlatformDashboard
from stacks.constructs.project import TeamProject
from stacks.constructs.prompt_archive import PromptArchive
from stacks.constructs.proxy import METRIC_NAMESPACE, ProxyFunction, TeamPolicy
from stacks.constructs.query_logs import QueryLogs
from stacks.constructs.queue import TeamQueue
from stacks.constructs.record_archive import RecordArchive
from stacks.constructs.saved_queries import SavedQueries
from stacks.constructs.security_group import ClosedSecurityGroup
from stacks.constructs.signing_key import SigningKey
from stacks.constructs.team_access import TeamAccess
from stacks.constructs.team_alarms import TeamAlarms
from stacks.constructs.team_choices import TeamChoices
from stacks.constructs.team_dashboard import TeamDashboard
from stacks.constructs.trail import BEDROCK_DATA_EVENTS, DataEventTrail

__all__ = [
    "BEDROCK_DATA_EVENTS",
    "METRIC_NAMESPACE",
    "RUNBOOKS",
    "STAGE",
    "AlarmTopic",
    "ApiGatewayLogging",
    "AuditBucket",
    "AuditorRole",
    "BaselineGuardrail",
    "BucketNames",
    "BypassDenial",
    "ChangeAlarm",
    "ClosedSecurityGroup",
    "CustomerKey",
    "DataEventTrail",
    "DigestKey",
    "DnsFirewall",
    "EncryptedLogGroup",
    "ExistingNetwork",
    "Fault",
    "FlowLogs",
    "FunctionCode",
    "FunctionNetwork",
    "FunctionRole",
    "GatewayEndpoint",
    "HostName",
    "HubEndpoint",
    "IsolatedNetwork",
    "IsolatedNetworkAcl",
    "LedgerTable",
    "PinnedGuardrail",
    "PlatformAlarms",
    "PlatformDashboard",
    "PrivateApi",
    "PrivateEndpoint",
    "PromptArchive",
    "ProxyFunction",
    "PublishedParameters",
    "QueryLogs",
    "RecordArchive",
    "SavedQueries",
    "SigningKey",
    "TeamAccess",
    "TeamAlarms",
    "TeamChoices",
    "TeamDashboard",
    "TeamPolicy",
    "TeamProject",
    "TeamQueue",
    "TokenAuthorizer",
    "endpoint_policies",
    "image_rights",
    "opened_policies",
    "services_alarm",
]
