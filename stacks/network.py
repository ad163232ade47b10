"""The stack that prompts travel in: an isolated VPC whose only doors are endpoints."""

from collections.abc import Collection

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks import acknowledgements
from stacks.base import CloisterStack
from stacks.constructs import (
    STAGE,
    ClosedSecurityGroup,
    EncryptedLogGroup,
    FlowLogs,
    FunctionNetwork,
    IsolatedNetwork,
    PrivateEndpoint,
    endpoint_policies,
)
from stacks.settings import Deployment


class NetworkStack(CloisterStack):
    """The VPC, one endpoint for callers, one for each service that the functions call, and who may reach which.

    Parameters
    ----------
    scope
        The app.
    deployment
        The settings of the deployment.
    models
        Ids of all models that the Region offers: the ceiling of what any team may call. It is the catalogue's, not the
        teams', so that a team's change never changes the network.
    logs_key
        Key of the flow logs.
    """

    def __init__(
        self, scope: Construct, *, deployment: Deployment, models: Collection[str], logs_key: kms.IKey
    ) -> None:
        super().__init__(
            scope,
            "Network",
            deployment=deployment,
            description="Cloister: isolated network and its endpoints",
        )
        self.network = IsolatedNetwork(self, "Isolated", cidr=deployment.network.cidr, zones=deployment.network.zones)
        flows = EncryptedLogGroup(self, "Flows", key=logs_key, retention_days=deployment.audit.retention_days)
        FlowLogs(self, "FlowLogs", vpc=self.network.vpc, log_group=flows.log_group)
        callers = ClosedSecurityGroup(
            self, "Callers", vpc=self.network.vpc, description="Workloads in the VPC that call the APIs"
        ).group
        proxies = ClosedSecurityGroup(
            self, "Proxies", vpc=self.network.vpc, description="Proxy functions of all teams"
        ).group
        authorizers = ClosedSecurityGroup(
            self, "Authorizers", vpc=self.network.vpc, description="Authorizer functions of all teams"
        ).group
        self.proxies = FunctionNetwork(self.network.vpc, proxies)
        self.authorizers = FunctionNetwork(self.network.vpc, authorizers)

        self.door = PrivateEndpoint(
            self,
            "ExecuteApi",
            vpc=self.network.vpc,
            service="execute-api",
            statements=endpoint_policies.call_private_apis(self, stage=STAGE),
        )
        self.door.allow_from(callers, "Callers to the APIs")
        self.door.allow_network(deployment.network.cidr, "The VPC to the APIs")
        mantle = PrivateEndpoint(
            self,
            "BedrockMantle",
            vpc=self.network.vpc,
            service="bedrock-mantle",
            statements=endpoint_policies.infer(self, models=models),
        )
        mantle.allow_from(proxies, "Proxies to the models")
        runtime = PrivateEndpoint(
            self,
            "BedrockRuntime",
            vpc=self.network.vpc,
            service="bedrock-runtime",
            statements=endpoint_policies.apply_guardrails(self),
        )
        runtime.allow_from(proxies, "Proxies to the guardrails")
        sts = PrivateEndpoint(
            self,
            "Sts",
            vpc=self.network.vpc,
            service="sts",
            statements=endpoint_policies.identify_callers(self),
        )
        sts.allow_from(authorizers, "Authorizers to STS")

        CfnOutput(self, "VpcId", value=self.network.vpc.vpc_id)
        CfnOutput(self, "ExecuteApiEndpoint", value=self.door.endpoint_id)
        CfnOutput(self, "CallersSecurityGroup", value=callers.security_group_id)
        acknowledgements.acknowledge(self, acknowledgements.network(len(deployment.network.zones)))
