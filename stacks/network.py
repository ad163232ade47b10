"""The stack that prompts travel in: a VPC whose only ways out are endpoints, and a resolver of no other names."""

from collections.abc import Collection, Mapping

from aws_cdk import CfnOutput, Fn, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.base import CloisterStack
from stacks.ceilings import Bounds, ceiling
from stacks.constructs import (
    AlarmTopic,
    BucketNames,
    ClosedSecurityGroup,
    DnsFirewall,
    EncryptedLogGroup,
    ExistingNetwork,
    FlowLogs,
    FunctionNetwork,
    GatewayEndpoint,
    HostName,
    HubEndpoint,
    IsolatedNetwork,
    IsolatedNetworkAcl,
    PrivateEndpoint,
    QueryLogs,
    endpoint_policies,
)
from stacks.services import SERVICES, Service, by_name, private_names
from stacks.settings import Deployment, Development, Existing, Hub, Isolated

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
    alarms
        Where an alarm on a blocked name goes.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        models: Collection[str],
        guardrails: Collection[str],
        logs_key: kms.IKey,
        alarms: AlarmTopic,
    ) -> None:
        super().__init__(
            scope,
            "Network",
            deployment=deployment,
            description="Cloister: isolated network and its endpoints",
        )
        self.settings = deployment.network
        self.logs_key = logs_key
        self.alarms = alarms
        self.buckets = deployment.buckets
        self.services = [service for service in SERVICES if service.wanted(deployment)]
        bounds = Bounds(self, deployment, self.names, models, guardrails)
        self.policies = {service.name: ceiling(service, bounds) for service in self.services}
        #: Hosts of services that are called by their endpoint's own name here, by service.
        self.own_hosts: dict[str, str] = {}
        self.has_gateways = any(service.kind == "gateway" for service in self.services)
        self.network = self._place()
        self.vpc = self.network.vpc
        owner = self.settings.subnets_account
        self.proxies = FunctionNetwork(self.vpc, self._group("Proxies", "Proxy functions of all teams"), owner)
        self.authorizers = FunctionNetwork(
            self.vpc, self._group("Authorizers", "Authorizer functions of all teams"), owner
        )
        self.groups = {"proxies": self.proxies.security_group, "authorizers": self.authorizers.security_group}
        #: Where functions of the teams' own stand; `None` while the settings open the network to none.
        self.extensions: FunctionNetwork | None = None
        if deployment.extensions:
            self.extensions = FunctionNetwork(self.vpc, self._group("Extensions", "Functions that teams add"), owner)
            self.groups["extensions"] = self.extensions.security_group
        #: The execute-api endpoint that the teams' APIs are reached through, and the ids of others that they accept.
        self.api_endpoint: ec2.IVpcEndpoint
        self.other_doors = self.settings.clients.endpoints
        if isinstance(self.settings, Hub):
            self.api_endpoint = self._reach_hub(self.settings)
        else:
            self.api_endpoint = self._make_endpoints(self.settings)
        self._watch()
        CfnOutput(self, "Mode", value=_MODES[self.settings.mode])
        CfnOutput(self, "VpcId", value=self.vpc.vpc_id)
        CfnOutput(self, "ExecuteApiEndpoint", value=self.api_endpoint.vpc_endpoint_id)
        self._offer()

    def _offer(self) -> None:
        """Export what a team's stack may read, whether one reads it yet or not: a first team changes nothing here."""
        groups = [group.security_group_id for group in self.groups.values()]
        subnets = [subnet.subnet_id for subnet in self.vpc.isolated_subnets]
        for value in (self.vpc.vpc_id, *subnets, *groups, self.api_endpoint.vpc_endpoint_id):
            if Token.is_unresolved(value):  # what is there already is known by its id
                self.export_value(value)

    def _place(self) -> IsolatedNetwork | ExistingNetwork:
        """Make the VPC with a network ACL of its own, or take the one that is there as it is."""
        settings = self.settings
        if isinstance(settings, (Existing, Hub)):
            subnets = {subnet.zone: subnet.id for subnet in settings.subnets}
            return ExistingNetwork(self, "Existing", vpc_id=settings.vpc, cidr=settings.cidr, subnets=subnets)
        network = IsolatedNetwork(self, "Isolated", cidr=settings.cidr, zones=settings.zones or settings.unnamed_zones)
        IsolatedNetworkAcl(
            self,
            "Acl",
            vpc=network.vpc,
            cidr=network.cidr,
            clients=settings.clients.ranges,
            gateways=self.has_gateways,
        )
        CfnOutput(
            self,
            "RouteTables",
            value=Fn.join(",", [subnet.route_table.route_table_id for subnet in network.vpc.isolated_subnets]),
        )
        return network

    def _group(self, name: str, members: str) -> ec2.SecurityGroup:
        return ClosedSecurityGroup(self, name, vpc=self.vpc, description=members).group

    def _make_endpoints(self, settings: Isolated | Development | Existing) -> ec2.IVpcEndpoint:
        """Make an endpoint for each service, and let the named clients in to the callers' endpoint."""
        self.groups["callers"] = self._group("Callers", "Workloads in the VPC that call the APIs")
        made = {service: self._endpoint(service) for service in self.services if service.kind == "interface"}
        ways = {service: self._gateway(service, settings) for service in self.services if service.kind == "gateway"}
        self._connect({**made, **ways})
        (apis,) = (endpoint for service, endpoint in made.items() if service.serves_callers)
        for group in settings.clients.security_groups:
            peer = ec2.SecurityGroup.from_security_group_id(self, f"Client-{group.id}", group.id, mutable=False)
            apis.allow_from(peer, "Named clients to the APIs")
        for cidr in settings.clients.cidrs:
            apis.allow_network(cidr, "Named network to the APIs")
        CfnOutput(self, "CallersSecurityGroup", value=self.groups["callers"].security_group_id)
        for service, endpoint in made.items():
            if service.is_by_bucket:
                BucketNames(self, "BucketNames", vpc=self.vpc, endpoint=endpoint.endpoint, buckets=self.buckets)
                # So that a bucket's policy can name it.
                CfnOutput(self, f"{service.id}Endpoint", value=endpoint.endpoint_id)
            elif service.own_name:
                self._name(service, endpoint, settings)
        return apis.endpoint

    def _name(self, service: Service, endpoint: PrivateEndpoint, settings: Isolated | Development | Existing) -> None:
        """Lead the service's host to its endpoint, where nobody else calls it; else call it by a name of its own."""
        if not isinstance(settings, Existing):
            (host,) = service.names(self.region)
            HostName(self, f"{service.id}Name", vpc=self.vpc, endpoint=endpoint.endpoint, host=host)
            return
        # The first entry is the Regional one, its hosted zone and its name
        # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-vpcendpoint.html).
        entry = Fn.select(0, endpoint.endpoint.vpc_endpoint_dns_entries)
        self.own_hosts[service.name] = Fn.select(1, Fn.split(":", entry))
        CfnOutput(self, f"{service.id}Host", value=self.own_hosts[service.name])

    def host(self, service: str) -> str | None:
        """Return the host of a service for a team's stack, None if it is the service's own.

        Read when that stack is deployed, as the guardrail is (`GuardrailsStack.pinned`).
        """
        id = by_name(service).id
        return Fn.get_stack_output(self.stack_name, f"{id}Host") if service in self.own_hosts else None

    def _endpoint(self, service: Service) -> PrivateEndpoint:
        statements = self.policies[service.name]
        return PrivateEndpoint(self, service.id, vpc=self.vpc, service=service.name, statements=statements)

    def _gateway(self, service: Service, settings: Isolated | Development | Existing) -> GatewayEndpoint | HubEndpoint:
        """Make a gateway endpoint; where the routes are not made here, say what the policy of the VPC's own must be."""
        prefix_list = settings.gateways.prefix_list(service)
        if isinstance(settings, Existing):
            CfnOutput(self, f"GatewayPolicy{service.id}", value=self._policy_text(service))
            return HubEndpoint(self, service.id, reach=prefix_list)
        statements = self.policies[service.name]
        return GatewayEndpoint(
            self, service.id, vpc=self.vpc, service=service.name, statements=statements, prefix_list=prefix_list
        )

    def _policy_text(self, service: Service) -> str:
        return endpoint_policies.as_text(self, self.policies[service.name])

    def _reach_hub(self, settings: Hub) -> ec2.IVpcEndpoint:
        """Let the functions go to the hub's endpoints; say in the outputs what must be on those, and be called what."""
        made: dict[Service, PrivateEndpoint | GatewayEndpoint | HubEndpoint] = {
            # The name of the callers' own is the endpoint's, below.
            service: HubEndpoint(
                self,
                f"{service.id}Way" if service.serves_callers else service.id,
                reach=settings.endpoints.reach(service),
            )
            for service in self.services
            if service.is_called(self.deployment)
        }
        self._connect(made)
        CfnOutput(self, "HubNames", value=",".join(self._resolved()))
        for service in self.services:
            # That of the guardrail's endpoint names the guardrail, and is an output of the guardrail's own stack:
            # CloudFormation fails on an output that reads another stack's.
            if service.name != "bedrock-runtime":
                CfnOutput(self, f"HubPolicy{service.id}", value=self._policy_text(service))
        return ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
            self, "ExecuteApi", vpc_endpoint_id=settings.endpoints.execute_api, port=443
        )

    def _connect(self, made: Mapping[Service, PrivateEndpoint | GatewayEndpoint | HubEndpoint]) -> None:
        """Let those reach a service whom its row names, and nobody else."""
        for service, endpoint in made.items():
            wanted = [reached for reached in service.reached if reached.wanted(self.deployment)]
            for by, why in {
                reached.by: reached.why for reached in reversed(wanted)
            }.items():  # of several whys the first
                if by in self.groups:  # a hub lets callers in itself
                    endpoint.allow_from(self.groups[by], why)

    def _watch(self) -> None:
        """Record all traffic and all names, and let no name be resolved but those of the endpoints."""
        settings, name = self.settings, self.deployment.name
        if settings.flow_logs == "here":
            FlowLogs(self, "FlowLogs", vpc=self.vpc, log_group=self._logs("Flows").log_group)
        if settings.dns_firewall == "here":
            queries = self._logs("Queries")
            QueryLogs(self, "QueryLogs", vpc=self.vpc, name=name, log_group=queries.log_group)
            firewall = DnsFirewall(
                self,
                "DnsFirewall",
                vpc=self.vpc,
                name=name,
                allowed=self._resolved(),
                locked=self.deployment.is_protected,
                runbooks=self.deployment.alarms.runbooks,
            )
            self.alarms.tell(firewall.alarm)
            # Once it is locked, CloudFormation cannot take it away again: so nothing that can fail comes after it.
            others = [child for child in self.node.children if child is not firewall]
            firewall.association.node.add_dependency(*others)

    def _resolved(self) -> list[str]:
        """Names that are resolved: of a service that is called by its endpoint's own name, that one."""
        usual = [service for service in self.policies if service not in self.own_hosts]
        return [*private_names(usual, self.region, self.buckets), *self.own_hosts.values()]

    def _logs(self, name: str) -> EncryptedLogGroup:
        return EncryptedLogGroup(
            self,
            name,
            key=self.logs_key,
            retention_days=self.deployment.audit.retention_days,
            protected=self.deployment.is_protected,
        )
