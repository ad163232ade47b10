"""`AWS::EC2::NetworkAclEntry`: one rule of a network ACL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-networkaclentry.html
"""

from __future__ import annotations

from local.types.emulator import Created, EmulatorError, Properties, service

NAME = "AWS::EC2::NetworkAclEntry"
REPLACING = ("Egress", "NetworkAclId", "RuleNumber")


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Add the rule to its ACL; the physical id names the ACL, the way and the number.

    Raises
    ------
    EmulatorError
        There is no such ACL, or it has a rule of this number for this way.
    """
    acl = service("ec2")._network_acls.get(properties["NetworkAclId"])
    if acl is None:
        raise EmulatorError(f"{NAME}: there is no network ACL {properties['NetworkAclId']}")
    entry = _entry(properties)
    if any((e["RuleNumber"], e["Egress"]) == (entry["RuleNumber"], entry["Egress"]) for e in acl["Entries"]):
        raise EmulatorError(f"{NAME}: {acl['NetworkAclId']} has a rule {entry['RuleNumber']} already")
    acl["Entries"].append(entry)
    identifier = f"{acl['NetworkAclId']}|{'out' if entry['Egress'] else 'in'}|{entry['RuleNumber']}"
    return identifier, {"Id": identifier}


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Put the new rule in the old one's place."""
    delete(physical_id, new)
    service("ec2")._network_acls[new["NetworkAclId"]]["Entries"].append(_entry(new))
    return physical_id, {"Id": physical_id}


def delete(physical_id: str, _properties: Properties) -> None:
    """Take the rule from its ACL; an ACL that is gone took its rules with it."""
    identifier, way, number = physical_id.split("|")
    acl = service("ec2")._network_acls.get(identifier)
    if acl:
        gone = (int(number), way == "out")
        acl["Entries"] = [entry for entry in acl["Entries"] if (entry["RuleNumber"], entry["Egress"]) != gone]


def _entry(properties: Properties) -> Properties:
    return {
        "RuleNumber": int(properties["RuleNumber"]),
        "Protocol": str(properties["Protocol"]),
        "RuleAction": properties["RuleAction"],
        "Egress": str(properties.get("Egress", False)).lower() == "true",
        "CidrBlock": properties["CidrBlock"],
        "PortRange": properties.get("PortRange"),
    }
