"""`AWS::EC2::SubnetNetworkAclAssociation`: a subnet under a network ACL of its own instead of its VPC's default one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-subnetnetworkaclassociation.html
"""

from __future__ import annotations

import secrets

from local.types.emulator import Created, EmulatorError, Properties, service

NAME = "AWS::EC2::SubnetNetworkAclAssociation"
REPLACING = ("NetworkAclId", "SubnetId")


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Put the subnet under the ACL; `Ref` is the association's id.

    Raises
    ------
    EmulatorError
        There is no such ACL or subnet.
    """
    ec2 = service("ec2")
    acl = ec2._network_acls.get(properties["NetworkAclId"])
    if acl is None or properties["SubnetId"] not in ec2._subnets:
        raise EmulatorError(f"{NAME}: there is no {properties['NetworkAclId']} or no {properties['SubnetId']}")
    for other in ec2._network_acls.values():
        other["Associations"] = [a for a in other["Associations"] if a["SubnetId"] != properties["SubnetId"]]
    identifier = f"aclassoc-{secrets.token_hex(8)}"
    acl["Associations"].append({"NetworkAclAssociationId": identifier, "SubnetId": properties["SubnetId"]})
    return identifier, {"AssociationId": identifier}


def update(physical_id: str, _old: Properties, _new: Properties, _stack_name: str) -> Created:
    """Refuse: there is no property that may change in place."""
    raise EmulatorError(f"{NAME}: {physical_id} cannot be updated in place")


def delete(physical_id: str, _properties: Properties) -> None:
    """Take the subnet from the ACL."""
    for acl in service("ec2")._network_acls.values():
        acl["Associations"] = [a for a in acl["Associations"] if a["NetworkAclAssociationId"] != physical_id]
