"""CloudFormation types that the embedded AWS lacks, one a module.

ministack refuses a template that holds a type which it does not know. Each module of this package teaches it
one: `NAME` is the CloudFormation type, `REPLACING` the properties whose change replaces the resource, and
`create`, `update` and `delete` act on ministack's own service state, so that what was deployed can be described,
used and deleted through the AWS APIs.

The tables that are written to are private names of ministack, hence the exact version: `local.launcher`
refuses any other.
"""

from __future__ import annotations

from types import ModuleType

from local.types import (
    _account_limits,
    _alarms,
    _endpoint_names,
    _endpoint_services,
    _resolver_questions,
    _type_descriptions,
    composite_alarm,
    emulator,
    firewall_domain_list,
    firewall_rule_group,
    firewall_rule_group_association,
    flow_log,
    guardrail,
    guardrail_version,
    network_acl,
    network_acl_entry,
    project,
    query_definition,
    query_logging_config,
    query_logging_config_association,
    security_group_egress,
    security_group_ingress,
    subnet_network_acl_association,
    trail,
)

MODULES: tuple[ModuleType, ...] = (
    composite_alarm,
    firewall_domain_list,
    firewall_rule_group,
    firewall_rule_group_association,
    flow_log,
    guardrail,
    guardrail_version,
    network_acl,
    network_acl_entry,
    project,
    query_definition,
    query_logging_config,
    query_logging_config_association,
    security_group_egress,
    security_group_ingress,
    subnet_network_acl_association,
    trail,
)


def register() -> None:
    """Add every type of this package to ministack's tables, in this process, and what it does not say of endpoints and
    of Route 53 Resolver.

    Raises
    ------
    RuntimeError
        ministack knows one of the types already: then this package must not replace it unseen.
    """
    provisioners = emulator.provisioners()
    for module in MODULES:
        if module.NAME in provisioners._RESOURCE_HANDLERS:
            raise RuntimeError(f"ministack {emulator.VERSION} has {module.NAME} already; remove {module.__name__}")
        provisioners._RESOURCE_HANDLERS[module.NAME] = {
            "create": module.create,
            "update": module.update,
            "delete": module.delete,
        }
        provisioners._REPLACING_PROPERTIES[module.NAME] = module.REPLACING
    _account_limits.add()
    _alarms.add()
    _endpoint_names.add()
    _endpoint_services.add()
    _resolver_questions.add()
    _type_descriptions.add(known())


def known() -> frozenset[str]:
    """Return every CloudFormation type that the embedded AWS can deploy, these included."""
    return frozenset(emulator.provisioners()._RESOURCE_HANDLERS) | {module.NAME for module in MODULES}
