"""What the two kinds of security group rule share: finding, adding and removing one rule of a group."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from local.types.emulator import Created, EmulatorError, Properties, provisioners, service


def add(kind: str, store: str, properties: Properties) -> Created:
    """Add the rule to its group's `store`; the physical id is the rule's id.

    Raises
    ------
    EmulatorError
        The group does not exist, or holds the rule already (`InvalidPermission.Duplicate` on AWS).
    """
    rules = _rules(store, properties)
    if rules is None:
        raise EmulatorError(f"{kind}: there is no security group {properties.get('GroupId')}")
    rule = _rule(properties)
    if any(_same(rule, other) for other in rules):
        raise EmulatorError(f"{kind}: {properties['GroupId']} holds this rule already: {json.dumps(_bare(rule))}")
    # Derived from the content, so that the same rule made again after a rollback has the same id.
    identity = json.dumps([properties["GroupId"], store, _bare(rule)], sort_keys=True)
    rule["SecurityGroupRuleId"] = "sgr-" + hashlib.sha256(identity.encode()).hexdigest()[:17]
    rules.append(rule)
    return rule["SecurityGroupRuleId"], {"Id": rule["SecurityGroupRuleId"]}


def describe(physical_id: str, store: str, properties: Properties) -> Created:
    """Put the new description on the rule, the one property that changes in place."""
    rules = _rules(store, properties) or []
    rules[:] = [
        {**_rule(properties), "SecurityGroupRuleId": physical_id}
        if rule.get("SecurityGroupRuleId") == physical_id
        else rule
        for rule in rules
    ]
    return physical_id, {"Id": physical_id}


def remove(physical_id: str, store: str, properties: Properties) -> None:
    """Remove the rule; a group that is gone already took its rules with it."""
    rules = _rules(store, properties) or []
    rules[:] = [rule for rule in rules if rule.get("SecurityGroupRuleId") != physical_id]


def _rules(store: str, properties: Properties) -> list[dict[str, Any]] | None:
    group = service("ec2")._security_groups.get(properties.get("GroupId"))
    return group.setdefault(store, []) if group else None


def _rule(properties: Properties) -> dict[str, Any]:
    rule: dict[str, Any] = provisioners()._ec2_sg_permissions([properties])[0]
    return rule


def _bare(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule without its id and without descriptions, which do not make it another rule."""
    return {
        name: [{key: item[key] for key in item if key != "Description"} for item in value]
        if isinstance(value, list)
        else value
        for name, value in rule.items()
        if name != "SecurityGroupRuleId"
    }


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _bare(one) == _bare(other)
