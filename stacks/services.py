"""The services of AWS that the network leads to: a row for each, from which everything that knows them is made.

A row says what endpoint the service has, by which names it is called, who reaches it and why, and when. The network,
the names that its resolver answers, what a hub is asked for, and the stand-ins of the embedded AWS come from here.
What may pass an endpoint is a policy, which needs the stacks' own values: `stacks.ceilings` has one for each row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["SERVICES", "Reached", "Service", "by_name", "private_names"]

Who = Literal["callers", "proxies", "authorizers", "extensions"]


@dataclass(frozen=True, slots=True)
class Reached:
    """Whose security group may reach a service, and why, as it is shown beside the rule.

    Attributes
    ----------
    by
        ``proxies`` or ``authorizers``, the functions of all teams; ``extensions``, those that teams add; ``callers``
        are whoever else calls the teams' APIs.
    why
        A few words.
    setting
        The setting without which they do not reach it; `None` where the service alone says it.
    """

    by: Who
    why: str
    setting: str | None = None

    def wanted(self, settings: object) -> bool:
        """Return whether a deployment's settings let them reach it."""
        return self.setting is None or _asked(settings, self.setting)


@dataclass(frozen=True, slots=True)
class Service:
    """A service of AWS, as the network knows it.

    Attributes
    ----------
    name
        What follows ``com.amazonaws.{region}.`` in the name of its endpoint service.
    id
        Its endpoint in templates; it begins logical ids, so it never changes.
    reached
        Who reaches it. A service that nobody reaches has an endpoint that lets nobody in and nothing through.
    hosts
        Names that it is called by, with ``{region}``; ``{bucket}`` stands for each bucket that the settings name. Only
        these are resolved, so the host of a gateway endpoint, which keeps its public addresses, stands here too.
    kind
        ``interface``: addresses of its own in the isolated subnets, and a security group. ``gateway``: a route in their
        tables to a prefix list that AWS keeps; a security group lets out to that list.
    private_dns
        Whether an interface endpoint answers for its hosts by itself. Else a zone for each of its hosts is made.
    setting
        The setting in ``cloister.yaml`` that asks for it, with dots; `None` for what is always there. What comes after
        the name of a list is asked of its entries.
    also
        Other settings that ask for it too.
    own_name
        Whether others in a VPC call it by the same host, and would be cut off by an endpoint that answers to it: in a
        VPC that is not made here, it is called by its endpoint's own name instead.
    setting_does
        What that setting does when it asks, as a sentence goes on after its name.
    stand_in
        What stands in for it in the embedded AWS; `None` where nothing that is deployed calls it.
    """

    name: str
    id: str
    reached: tuple[Reached, ...] = ()
    hosts: tuple[str, ...] = ()
    kind: Literal["interface", "gateway"] = "interface"
    private_dns: bool = True
    own_name: bool = False
    setting: str | None = None
    setting_does: str = "asks for it"
    also: tuple[str, ...] = ()
    stand_in: str | None = None

    @property
    def serves_callers(self) -> bool:
        """Whether it is the one that callers come in by."""
        return any(reached.by == "callers" for reached in self.reached)

    @property
    def way(self) -> str:
        """Its name among a hub's endpoints, as what says where functions are let out to it.

        Of the one that callers come in by, the name alone says which endpoint that is.

        Examples
        --------
        >>> by_name("sts").way, by_name("execute-api").way
        ('sts', 'execute_api_reach')
        """
        return f"{self.field}_reach" if self.serves_callers else self.field

    def is_called(self, settings: object) -> bool:
        """Return whether functions of a deployment call it, the teams' own among them."""
        return any(reached.by != "callers" and reached.wanted(settings) for reached in self.reached)

    @property
    def field(self) -> str:
        """Its name among the fields of a setting.

        Examples
        --------
        >>> by_name("bedrock-mantle").field
        'bedrock_mantle'
        """
        return self.name.replace("-", "_")

    @property
    def asking(self) -> tuple[str, ...]:
        """The settings that ask for it, any of them; none for what is always there."""
        return () if self.setting is None else (self.setting, *self.also)

    @property
    def asked_when(self) -> str:
        """When it is asked for, as a sentence goes on after "when".

        Examples
        --------
        >>> by_name("s3").asked_when
        "'images' or 'extensions.bucket' or 'archives' opens buckets"
        """
        return f"{' or '.join(repr(setting) for setting in self.asking)} {self.setting_does}"

    @property
    def is_by_bucket(self) -> bool:
        """Whether each bucket has a name of its own, and the service has none for all."""
        return any("{bucket}" in host for host in self.hosts)

    def wanted(self, settings: object) -> bool:
        """Return whether a deployment has a use for it.

        Parameters
        ----------
        settings
            The deployment's; a setting that its mode of the network lacks asks for nothing.
        """
        return not self.asking or any(_asked(settings, setting) for setting in self.asking)

    def names(self, region: str, buckets: Iterable[str] = ()) -> list[str]:
        """Return the names that lead to it in a Region.

        Examples
        --------
        >>> by_name("sts").names("us-east-1")
        ['sts.us-east-1.amazonaws.com']
        >>> by_name("s3").names("us-east-1", ["acme-pictures"])
        ['acme-pictures.s3.us-east-1.amazonaws.com']
        """
        each = buckets if self.is_by_bucket else [""]
        return [host.format(region=region, bucket=bucket) for host in self.hosts for bucket in each]


def _asked(settings: object, setting: str) -> bool:
    """Whether a setting, with dots, says something, of a list any entry; one that a mode lacks does not."""
    found = [settings]
    for part in setting.split("."):
        values = [getattr(each, part, None) for each in found]
        found = [each for value in values for each in (value if isinstance(value, tuple) else [value])]
    return any(found)


#: All of them. Private DNS answers with an endpoint's own addresses for its hosts; a zone that is private covers all
#: names below it too, so a query for one of these never leaves the VPC
#: (https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html).
SERVICES: tuple[Service, ...] = (
    Service(
        "execute-api",
        "ExecuteApi",
        reached=(
            Reached("callers", "Callers to the APIs"),
            Reached("extensions", "Extensions to the APIs", setting="extensions"),
        ),
        hosts=("*.execute-api.{region}.amazonaws.com",),
        stand_in="apis",
    ),
    Service(
        "bedrock-mantle",
        "BedrockMantle",
        reached=(Reached("proxies", "Proxies to the models"),),
        hosts=("bedrock-mantle.{region}.api.aws",),
        stand_in="mantle",
    ),
    Service(
        "bedrock-runtime",
        "BedrockRuntime",
        reached=(Reached("proxies", "Proxies to the guardrails"),),
        hosts=("bedrock-runtime.{region}.amazonaws.com",),
        stand_in="guardrail",
    ),
    Service(
        "sts",
        "Sts",
        reached=(Reached("authorizers", "Authorizers to STS"),),
        hosts=("sts.{region}.amazonaws.com",),
        stand_in="sts",
    ),
    # Private DNS of S3 would take every name of S3 in the Region, for everybody in the VPC: the zone that EC2 makes for
    # it covers all buckets
    # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#private-dns).
    Service(
        "s3",
        "S3",
        reached=(
            Reached("proxies", "Proxies to the images", setting="images"),
            Reached("proxies", "Proxies to the archives of prompts", setting="archives"),
            Reached("extensions", "Extensions to their buckets", setting="extensions.bucket"),
        ),
        hosts=("{bucket}.s3.{region}.amazonaws.com",),
        private_dns=False,
        setting="images",
        also=("extensions.bucket", "archives"),
        setting_does="opens buckets",
        stand_in="s3",
    ),
    # A gateway endpoint would take all DynamoDB traffic of its route tables, and there is one a table at the most; the
    # interface endpoint has no private DNS
    # (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html).
    Service(
        "dynamodb",
        "DynamoDb",
        reached=(Reached("proxies", "Proxies to the ledgers"),),
        hosts=("dynamodb.{region}.amazonaws.com",),
        private_dns=False,
        own_name=True,
        setting="budgets",
        setting_does="is true",
        stand_in="dynamodb",
    ),
    # Private DNS of KMS would take its name from everybody in the VPC, and this endpoint lets nobody but proxies sign.
    Service(
        "kms",
        "Kms",
        reached=(Reached("proxies", "Proxies to the signing keys"),),
        hosts=("kms.{region}.amazonaws.com",),
        private_dns=False,
        own_name=True,
        setting="audit.sign_records",
        setting_does="is true",
        stand_in="kms",
    ),
    # Private DNS of SQS would take its name from everybody in the VPC, and this endpoint lets none but functions of the
    # teams' own pass. A private zone of that name does what AWS asks private DNS for: requests go to the name itself
    # (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-internetwork-traffic-privacy.html).
    Service(
        "sqs",
        "Sqs",
        reached=(Reached("extensions", "Extensions to their queues", setting="extensions.queue"),),
        hosts=("sqs.{region}.amazonaws.com",),
        private_dns=False,
        own_name=True,
        setting="extensions.queue",
        setting_does="names queues",
        stand_in="sqs",
    ),
    # The Bedrock endpoints that nothing calls; some scanners find a VPC incomplete without them.
    Service("bedrock", "Bedrock", setting="network.all_bedrock_endpoints"),
    Service("bedrock-agent", "BedrockAgent", setting="network.all_bedrock_endpoints"),
    Service("bedrock-agent-runtime", "BedrockAgentRuntime", setting="network.all_bedrock_endpoints"),
)
_BY_NAME = MappingProxyType({service.name: service for service in SERVICES})


def by_name(name: str) -> Service:
    """Return the row of a service; one that the kit has no row for is a service with private DNS and no names.

    Examples
    --------
    >>> by_name("s3").private_dns
    False
    >>> by_name("ssm").private_dns
    True
    """
    return _BY_NAME.get(name) or Service(name, name.title().replace("-", ""))


def private_names(services: Iterable[str], region: str, buckets: Iterable[str] = ()) -> list[str]:
    """Return the names that a VPC must resolve in order to reach services through their endpoints.

    Parameters
    ----------
    services
        Service names, as in ``bedrock-mantle``.
    region
        The Region.
    buckets
        Buckets in S3, which has a name for each: those of other buckets need not be resolved.

    Examples
    --------
    >>> private_names(["sts", "s3"], "us-east-1", ["acme-pictures"])
    ['acme-pictures.s3.us-east-1.amazonaws.com', 'sts.us-east-1.amazonaws.com']
    """
    buckets = list(buckets)
    return sorted({host for service in services for host in by_name(service).names(region, buckets)})
