"""The doors and ways of a deployment that were added, removed or changed: parts that no policy describes."""

from __future__ import annotations

from dataclasses import dataclass

from review.assembly import Assembly, Resource

#: Types that open a way by being there, or by what their properties say.
_WAYS = (
    *("AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::Lambda::EventSourceMapping"),
    *("AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::", "AWS::EC2::", "AWS::RAM::"),
    *("AWS::Route53Resolver::", "AWS::VpcLattice::", "AWS::Logs::SubscriptionFilter", "AWS::Logs::Destination"),
    *("AWS::S3::AccessPoint", "AWS::KMS::Grant", "AWS::CloudFormation::", "AWS::Events::", "AWS::SNS::Subscription"),
    *("AWS::KinesisFirehose::", "AWS::Scheduler::", "AWS::Pipes::"),
)


@dataclass(frozen=True)
class Part:
    """A door or way that differs.

    Attributes
    ----------
    how
        `added`, `removed` or `changed`.
    resource
        The part.
    properties
        Names of the properties that differ, of one that was changed.
    """

    how: str
    resource: Resource
    properties: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The difference in a sentence.

        Example
        -------
        >>> Part("added", Resource("Net", "Nat", "AWS::EC2::NatGateway", {}, {})).words
        'Net/Nat, AWS::EC2::NatGateway, was added'
        """
        said = f": {', '.join(self.properties)}" if self.properties else ""
        return f"{self.resource.place}, {self.resource.type}, was {self.how}{said}"


def differing(old: Assembly, new: Assembly) -> list[Part]:
    """Return the doors and ways that differ between two assemblies."""
    before, after = ({r.place: r for r in assembly.resources() if _opens(r)} for assembly in (old, new))
    found = [Part("added", after[place]) for place in after.keys() - before.keys()]
    found += [Part("removed", before[place]) for place in before.keys() - after.keys()]
    for place in before.keys() & after.keys():
        one, other = before[place].properties, after[place].properties
        names = tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
        if names and names != ("PolicyDocument",) and names != ("Tags",):
            found.append(Part("changed", after[place], names))
    return sorted(found, key=lambda part: (part.resource.place, part.how))


def _opens(resource: Resource) -> bool:
    return any(resource.type == way or (way.endswith("::") and resource.type.startswith(way)) for way in _WAYS)
