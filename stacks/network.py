"""The stack that prompts travel in: a VPC whose only doors are endpoints, and whose resolver knows no other names."""

from collections.abc import Callable, Collection, Mapping

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks import acknowledgements
from stacks.base import CloisterStack
from stacks.constructs import (
    STAGE,
    BucketNames,
    ClosedSecurityGroup,
    DnsFirewall,
    EncryptedLogGroup,
    ExistingNetwork,
    FlowLogs,
    FunctionNetwork,
    HubEndpoint,
    IsolatedNetwork,
    IsolatedNetworkAcl,
    PrivateEndpoint,
    QueryLogs,
    endpoint_policies,
    private_names,
)
from stacks.settings import Deployment, Development, Existing, Hub, Isolated

#: The services that the deployed code calls, and execute-api, by which it is called.
SERVICES: Mapping[str, str] = {
    "ExecuteApi": "execute-api",
    "BedrockMantle": "bedrock-mantle",
    "BedrockRuntime": "bedrock-runtime",
    "Sts": "sts",
}
#: The service that is called only where the settings name buckets for images.
IMAGES: Mapping[str, str] = {"S3": "s3"}
#: The Bedrock endpoints that nothing calls; some scanners find a VPC incomplete without them.
UNUSED: Mapping[str, str] = {
    "Bedrock": "bedrock",
    "BedrockAgent": "bedrock-agent",
    "BedrockAgentRuntime": "bedrock-agent-runtime",
}
_MODES = {
    "isolated": "isolated: a VPC of its own, without any way out but the endpoints",
    "existing": "existing: the endpoints stand in a VPC of the company's, whose routes this deployment does not see",
    "hub": "hub: endpoints, their policies and their names are the hub's; put the HubPolicy outputs on them",
    "development": "development: ONE Availability Zone, and all inference stops when it does. Not for production",
}


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
    guardrails
        ARNs of the guardrails that the functions apply, and of their profile if they have one.
    logs_key
        Key of the flow logs and the query logs.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        models: Collection[str],
        guardrails: Collection[str],
        logs_key: kms.IKey,
    ) -> None:
        super().__init__(
            scope,
            "Network",
            deployment=deployment,
            description="Cloister: isolated network and its endpoints",
        )
        self.settings = deployment.network
        self.logs_key = logs_key
        self.buckets = list(deployment.image_keys)
        self.services = {**SERVICES, **IMAGES} if self.buckets else SERVICES
        self.policies: dict[str, list[iam.PolicyStatement]] = {
            "ExecuteApi": endpoint_policies.call_private_apis(self, stage=STAGE, organization=deployment.organization),
            "BedrockMantle": endpoint_policies.infer(self, models=models, roles=self.names.proxies),
            "BedrockRuntime": endpoint_policies.apply_guardrails(self, guardrails=guardrails, roles=self.names.proxies),
            "Sts": endpoint_policies.identify_callers(self),
        }
        if self.buckets:
            self.policies["S3"] = endpoint_policies.read_images(self, buckets=self.buckets, roles=self.names.proxies)
        self.network = self._place()
        self.vpc = self.network.vpc
        self.proxies = FunctionNetwork(self.vpc, self._group("Proxies", "Proxy functions of all teams"))
        self.authorizers = FunctionNetwork(self.vpc, self._group("Authorizers", "Authorizer functions of all teams"))
        #: The execute-api endpoint that the teams' APIs are reached through, and the ids of others that they accept.
        self.door: ec2.IVpcEndpoint
        self.other_doors = self.settings.clients.endpoints
        if isinstance(self.settings, Hub):
            self.door = self._reach_hub(self.settings)
        else:
            self.door = self._make_endpoints(self.settings)
        self._watch()
        CfnOutput(self, "Mode", value=_MODES[self.settings.mode])
        CfnOutput(self, "VpcId", value=self.vpc.vpc_id)
        CfnOutput(self, "ExecuteApiEndpoint", value=self.door.vpc_endpoint_id)
        acknowledgements.acknowledge(self, acknowledgements.network(self.settings))

    def _place(self) -> IsolatedNetwork | ExistingNetwork:
        """Make the VPC with a network ACL of its own, or take the one that is there as it is."""
        settings = self.settings
        if isinstance(settings, (Existing, Hub)):
            subnets = {subnet.zone: subnet.id for subnet in settings.subnets}
            return ExistingNetwork(self, "Existing", vpc_id=settings.vpc, cidr=settings.cidr, subnets=subnets)
        network = IsolatedNetwork(self, "Isolated", cidr=settings.cidr, zones=settings.zones)
        IsolatedNetworkAcl(self, "Acl", vpc=network.vpc, cidr=network.cidr, clients=settings.clients.ranges)
        CfnOutput(
            self,
            "RouteTables",
            value=Fn.join(",", [subnet.route_table.route_table_id for subnet in network.vpc.isolated_subnets]),
        )
        return network

    def _group(self, name: str, members: str) -> ec2.SecurityGroup:
        return ClosedSecurityGroup(self, name, vpc=self.vpc, description=members).group

    def _make_endpoints(self, settings: Isolated | Development | Existing) -> ec2.IVpcEndpoint:
        """Make an endpoint for each service, and let the named clients in to the callers' door."""
        made = {name: self._endpoint(name, service, self.policies[name]) for name, service in self.services.items()}
        self._connect(lambda name: made[name])
        door = made["ExecuteApi"]
        callers = self._group("Callers", "Workloads in the VPC that call the APIs")
        door.allow_from(callers, "Callers to the APIs")
        for group in settings.clients.security_groups:
            peer = ec2.SecurityGroup.from_security_group_id(self, f"Client-{group.id}", group.id, mutable=False)
            door.allow_from(peer, "Named clients to the APIs")
        for cidr in settings.clients.cidrs:
            door.allow_network(cidr, "Named network to the APIs")
        if settings.all_bedrock_endpoints:
            for name, service in UNUSED.items():
                self._endpoint(name, service, endpoint_policies.nothing())
        CfnOutput(self, "CallersSecurityGroup", value=callers.security_group_id)
        if self.buckets:
            BucketNames(self, "BucketNames", vpc=self.vpc, endpoint=made["S3"].endpoint, buckets=self.buckets)
            CfnOutput(self, "S3Endpoint", value=made["S3"].endpoint_id)  # so that a bucket's policy can name it
        return door.endpoint

    def _endpoint(self, name: str, service: str, statements: list[iam.PolicyStatement]) -> PrivateEndpoint:
        return PrivateEndpoint(self, name, vpc=self.vpc, service=service, statements=statements)

    def _reach_hub(self, settings: Hub) -> ec2.IVpcEndpoint:
        """Let the functions go to the hub's endpoints, and say in the outputs what must be on those."""
        hub = settings.endpoints
        reach = {"BedrockMantle": hub.bedrock_mantle, "BedrockRuntime": hub.bedrock_runtime, "Sts": hub.sts}
        if self.buckets:
            if hub.s3 is None:
                raise ValueError(
                    f"{self.buckets} hold images, and the hub has no s3 endpoint: name it, 'sg-…' or 'pl-…'"
                )
            reach["S3"] = hub.s3
        made = {name: HubEndpoint(self, name, reach=where) for name, where in reach.items()}
        self._connect(lambda name: made[name])
        for name, statements in self.policies.items():
            CfnOutput(self, f"HubPolicy{name}", value=endpoint_policies.as_text(self, statements))
        return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            self, "ExecuteApi", vpc_endpoint_id=hub.execute_api, port=443
        )

    def _connect(self, endpoint: Callable[[str], PrivateEndpoint | HubEndpoint]) -> None:
        endpoint("BedrockMantle").allow_from(self.proxies.security_group, "Proxies to the models")
        endpoint("BedrockRuntime").allow_from(self.proxies.security_group, "Proxies to the guardrails")
        endpoint("Sts").allow_from(self.authorizers.security_group, "Authorizers to STS")
        if self.buckets:
            endpoint("S3").allow_from(self.proxies.security_group, "Proxies to the images")

    def _watch(self) -> None:
        """Record all traffic and all names, and let no name be resolved but those of the endpoints."""
        settings, name = self.settings, self.deployment.name
        if settings.flow_logs == "here":
            FlowLogs(self, "FlowLogs", vpc=self.vpc, log_group=self._logs("Flows").log_group)
        if settings.dns_firewall == "here":
            queries = self._logs("Queries")
            QueryLogs(self, "QueryLogs", vpc=self.vpc, name=name, log_group=queries.log_group)
            DnsFirewall(
                self,
                "DnsFirewall",
                vpc=self.vpc,
                name=name,
                allowed=private_names(SERVICES.values(), self.region, self.buckets),
                locked=self.deployment.is_protected,
            )

    def _logs(self, name: str) -> EncryptedLogGroup:
        return EncryptedLogGroup(
            self,
            name,
            key=self.logs_key,
            retention_days=self.deployment.audit.retention_days,
            protected=self.deployment.is_protected,
        )
