"""The lines that make the network's promises true, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_NETWORK, _CONSTRUCTS, _SERVICES = "stacks/network.py", "stacks/constructs", "stacks/services.py"


def _m(name: str, file: str, old: str, new: str, *tests: str) -> Mutation:
    return Mutation(name, file, old, new, tests)


NETWORK = (
    _m(
        "an internet gateway",
        f"{_CONSTRUCTS}/network.py",
        "            restrict_default_security_group=False,\n        )\n",
        "            restrict_default_security_group=False,\n        )\n"
        '        ec2.CfnInternetGateway(self, "Gateway")\n',
        "test_the_network_has_no_way_out",
    ),
    _m(
        "a route",
        f"{_CONSTRUCTS}/network.py",
        "            restrict_default_security_group=False,\n        )\n",
        "            restrict_default_security_group=False,\n        )\n"
        "        table = self.vpc.isolated_subnets[0].route_table.route_table_id\n"
        '        ec2.CfnRoute(self, "Route", route_table_id=table, transit_gateway_id="tgw-0123abcd",\n'
        '            destination_cidr_block="0.0.0.0/0")\n',
        "test_the_network_has_no_way_out",
    ),
    _m(
        "public addresses",
        f"{_CONSTRUCTS}/network.py",
        "            restrict_default_security_group=False,\n        )\n",
        "            restrict_default_security_group=False,\n        )\n"
        "        for subnet in self.vpc.isolated_subnets:\n"
        "            subnet.node.default_child.map_public_ip_on_launch = True\n",
        "test_a_subnet_in_each_zone_and_no_public_address",
    ),
    _m(
        "no DNS names of endpoints",
        f"{_CONSTRUCTS}/network.py",
        "enable_dns_hostnames=True",
        "enable_dns_hostnames=False",
        "test_endpoints_answer_to_the_services_own_names_in_every_zone",
    ),
    _m(
        "private DNS off",
        f"{_CONSTRUCTS}/endpoint.py",
        "private_dns_enabled=by_name(service).private_dns",
        "private_dns_enabled=False",
        "test_endpoints_answer_to_the_services_own_names_in_every_zone",
    ),
    _m(
        "an endpoint open to the VPC",
        f"{_CONSTRUCTS}/endpoint.py",
        "open=False",
        "open=True",
        "test_nobody_comes_in_by_address_who_is_not_named",
    ),
    _m(
        "endpoints without their policy",
        f"{_CONSTRUCTS}/endpoint.py",
        "        for statement in statements:\n            self.endpoint.add_to_policy(statement)\n",
        "",
        "test_every_endpoint_has_a_policy",
    ),
    _m(
        "groups open for the way out",
        f"{_CONSTRUCTS}/security_group.py",
        "security_group_egress = [_NO_TRAFFIC]",
        "security_group_egress = []",
        "test_every_security_group_is_made_closed",
    ),
    _m(
        "one endpoint more",
        _SERVICES,
        '    Service("bedrock", "Bedrock", setting="network.all_bedrock_endpoints"),\n',
        '    Service("bedrock", "Bedrock"),\n',
        "test_endpoints_are_those_that_the_code_calls_and_the_callers_door",
    ),
    _m(
        "a host more in the functions' code",
        "lambdas/authorizer/token.py",
        'host = f"sts.{region}.amazonaws.com"',
        'host = f"sts.{region}.amazonaws.com"\n    f"kms.{region}.amazonaws.com"',
        "test_endpoints_are_those_that_the_code_calls_and_the_callers_door",
    ),
    _m(
        "authorizers reach the models",
        _SERVICES,
        'reached=(Reached("proxies", "Proxies to the models"),)',
        'reached=(Reached("proxies", "Proxies to the models"), Reached("authorizers", "Too"))',
        "test_who_reaches_which_endpoint",
    ),
    _m(
        "the hub reached by address",
        f"{_CONSTRUCTS}/hub_endpoint.py",
        "destination_prefix_list_id=None if is_group else self.reach,",
        'cidr_ip=None if is_group else "0.0.0.0/0",',
        "test_functions_reach_the_hubs_endpoints_by_group_or_list_and_nothing_else",
        "test_no_address_is_a_way_out",
    ),
    _m(
        "a policy of the hub forgotten",
        _NETWORK,
        "        for service in self.services:\n            CfnOutput",
        "        for service in self.services[1:]:\n            CfnOutput",
        "test_the_outputs_say_what_the_hubs_policies_must_be",
    ),
    _m(
        "subnets that are not under the network ACL",
        f"{_CONSTRUCTS}/network_acl.py",
        'self, "Acl", vpc=vpc, subnet_selection=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)',
        'self, "Acl", vpc=vpc',
        "test_every_subnet_is_under_the_network_acl",
    ),
    _m(
        "a network ACL that lets HTTPS out to clients",
        f"{_CONSTRUCTS}/network_acl.py",
        'self._allow("Https", _HTTPS, reached, ec2.TrafficDirection.EGRESS',
        'self._allow("Https", _HTTPS, [*reached, *clients], ec2.TrafficDirection.EGRESS',
        "test_the_network_acl_agrees_with_the_security_groups_on_clients",
    ),
    _m(
        "a network ACL that is open without a gateway",
        f"{_CONSTRUCTS}/network_acl.py",
        '*(["0.0.0.0/0"] if gateways else [])',
        '"0.0.0.0/0"',
        "test_the_network_acl_lets_https_and_its_answers_through_within_the_vpc",
    ),
    _m(
        "flow logs of accepted traffic alone",
        f"{_CONSTRUCTS}/flow_logs.py",
        "FlowLogTrafficType.ALL",
        "FlowLogTrafficType.ACCEPT",
        "test_flow_logs_record_all_traffic_under_the_logs_key",
    ),
    _m(
        "one name more",
        _SERVICES,
        'hosts=("sts.{region}.amazonaws.com",)',
        'hosts=("*.{region}.amazonaws.com",)',
        "test_the_endpoints_names_are_resolved_and_everything_else_is_blocked",
    ),
    _m(
        "everything else is answered",
        f"{_CONSTRUCTS}/dns_firewall.py",
        'action="BLOCK"',
        'action="ALERT"',
        "test_the_endpoints_names_are_resolved_and_everything_else_is_blocked",
    ),
    _m(
        "blocking before allowing",
        f"{_CONSTRUCTS}/dns_firewall.py",
        "_ALLOW, _BLOCK = 100, 200",
        "_ALLOW, _BLOCK = 200, 100",
        "test_the_endpoints_names_are_resolved_and_everything_else_is_blocked",
    ),
    _m(
        "redirections trusted",
        f"{_CONSTRUCTS}/dns_firewall.py",
        "firewall_domain_list_id=self.allowed.attr_id,\n                    "
        'firewall_domain_redirection_action="INSPECT_REDIRECTION_DOMAIN"',
        "firewall_domain_list_id=self.allowed.attr_id,\n                    "
        'firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN"',
        "test_a_redirection_is_no_way_round_the_list",
    ),
    _m(
        "a firewall asked late",
        f"{_CONSTRUCTS}/dns_firewall.py",
        "_FIRST = 101",
        "_FIRST = 9000",
        "test_the_firewall_is_asked_first_for_the_whole_vpc",
    ),
    _m(
        "a firewall that can be taken away",
        f"{_CONSTRUCTS}/dns_firewall.py",
        'mutation_protection="ENABLED" if locked else "DISABLED"',
        'mutation_protection="DISABLED"',
        "test_the_firewall_is_locked_but_for_development",
    ),
    _m(
        "an alarm on a thousand",
        f"{_CONSTRUCTS}/dns_firewall.py",
        "threshold=1,",
        "threshold=1000,",
        "test_one_blocked_query_raises_the_alarm",
    ),
    _m(
        "an alarm on what is allowed",
        f"{_CONSTRUCTS}/dns_firewall.py",
        '"FirewallDomainListId": self.everything.attr_id',
        '"FirewallDomainListId": self.allowed.attr_id',
        "test_one_blocked_query_raises_the_alarm",
    ),
    _m(
        "no query log",
        _NETWORK,
        '            QueryLogs(self, "QueryLogs", vpc=self.vpc, name=name, log_group=queries.log_group)\n',
        "",
        "test_every_query_is_recorded_in_an_encrypted_group",
    ),
    _m(
        "a log that any account may write",
        f"{_CONSTRUCTS}/query_logs.py",
        '"StringEquals": {"aws:SourceAccount": stack.account},',
        "",
        "test_the_log_is_written_for_this_account_alone",
    ),
    _m(
        "flow logs of any account",
        f"{_CONSTRUCTS}/flow_logs.py",
        '"StringEquals": {"aws:SourceAccount": stack.account},',
        "",
        "test_flow_logs_of_another_account_cannot_use_the_role",
    ),
    _m(
        "any principal at the callers' door",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        '{"aws:PrincipalAccount": [stack.account, "anonymous"], **owned}',
        "owned",
        "test_execute_api_refuses_principals_of_other_accounts_and_lets_anonymous_ones_to_the_authorizer",
    ),
    _m(
        "any organisation at the callers' door",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        '{"StringEquals": {"aws:PrincipalOrgID": organization}, "StringEqualsIfExists": owned}',
        '{"StringEqualsIfExists": owned}',
        "test_the_organisation_passes_the_callers_door_if_it_is_named",
    ),
    _m(
        "any model",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        ', "bedrock-mantle:Model": sorted(models)',
        "",
        "test_mantle_infers_for_the_proxies_with_the_regions_models_in_projects_of_this_account",
    ),
    _m(
        "any action of mantle",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        'actions=["bedrock-mantle:CreateInference"]',
        'actions=["bedrock-mantle:*"]',
        "test_mantle_infers_for_the_proxies_with_the_regions_models_in_projects_of_this_account",
    ),
    _m(
        "any role at the models",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        'sorted(models)},\n                "ArnLike": {"aws:PrincipalArn": roles},',
        "sorted(models)},",
        "test_mantle_infers_for_the_proxies_with_the_regions_models_in_projects_of_this_account",
    ),
    _m(
        "any guardrail",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        "resources=list(guardrails)",
        'resources=["*"]',
        "test_runtime_applies_this_deployments_guardrail_for_the_proxies",
        "test_what_is_wider_is_what_is_registered_with_its_reason",
    ),
    _m(
        "the network before its guardrail",
        "stacks/kit.py",
        "    network.add_stack_dependency(guardrails)\n",
        "",
        "test_runtime_applies_this_deployments_guardrail_for_the_proxies",
    ),
    _m(
        "callers of any account at sts",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        'resources=["*"],\n            conditions={"StringEquals": {"aws:PrincipalAccount": stack.account}},',
        'resources=["*"],',
        "test_sts_tells_who_a_caller_of_this_account_is",
    ),
    _m(
        "an open endpoint for scanners",
        f"{_CONSTRUCTS}/endpoint_policies.py",
        "effect=iam.Effect.DENY,",
        "",
        "test_an_endpoint_for_scanners_lets_nothing_through_and_nobody_in",
    ),
    _m(
        "scanners' endpoints for everybody",
        _SERVICES,
        "        return bool(settings)\n",
        "        return True\n",
        "test_endpoints_are_those_that_the_code_calls_and_the_callers_door",
    ),
    _m(
        "an API through any endpoint",
        f"{_CONSTRUCTS}/api.py",
        '{"StringNotEquals": {"aws:SourceVpce": doors}}',
        '{"StringNotEquals": {"aws:SourceVpce": "vpce-*"}}',
        "test_an_api_takes_requests_through_the_named_endpoints_alone",
    ),
    _m(
        "clients' endpoints forgotten",
        "stacks/team.py",
        "            other_endpoints=self.platform.network.other_doors,\n",
        "",
        "test_an_api_takes_requests_through_the_named_endpoints_alone",
    ),
    _m(
        "clients' ranges at every endpoint",
        _NETWORK,
        '            door.allow_network(cidr, "Named network to the APIs")\n',
        '            door.allow_network(cidr, "Named network to the APIs")\n'
        '            next(e for s, e in made.items() if s.id == "BedrockMantle").allow_network(cidr, "")\n',
        "test_clients_come_by_named_group_or_named_range",
    ),
    _m(
        "an existing VPC that nobody watches",
        _NETWORK,
        'if settings.flow_logs == "here":',
        'if settings.flow_logs == "here" and settings.mode != "existing":',
        "test_a_given_vpc_is_watched_unless_somebody_else_does",
    ),
    _m(
        "development that does not say so",
        _NETWORK,
        "development: ONE Availability Zone, and all inference stops when it does. Not for production",
        "development",
        "test_development_says_that_it_has_one_zone_and_no_other_mode_can",
    ),
    _m(
        "isolated in one zone",
        "stacks/settings/network.py",
        '*listed(2, 6, "needs two to six zones, each once")',
        '*listed(1, 6, "needs two to six zones, each once")',
        "test_a_mistake_is_explained_once",
    ),
    _m(
        "the standard tier unasked",
        "stacks/guardrails.py",
        'geography = rules.acknowledge_cross_region if rules.tier == "standard" else None',
        'geography = "us"',
        "test_text_stays_in_the_region_unless_asked",
    ),
    _m(
        "the standard tier unacknowledged",
        "stacks/settings/checks.py",
        "    elif said is None:\n",
        "    elif False:\n",
        "test_a_mistake_is_explained_once",
    ),
    _m(
        "outputs that do not repeat it",
        "stacks/guardrails.py",
        '        CfnOutput(self, "Residency", value=_residency(deployment.region, geography))\n',
        "",
        "test_the_outputs_repeat_what_was_acknowledged",
    ),
)
