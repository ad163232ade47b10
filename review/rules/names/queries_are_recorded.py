"""The names that are asked for in a VPC are recorded."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import of, whole
from review.rules.rule import Rule, controls, each


@each("AWS::EC2::VPC")
def _check(deployment: Deployment, vpc: Resource) -> str:
    own = deployment.resolver.reference(vpc.id, vpc.stack)
    configs = {
        whole(deployment.resolver.reference(c.id, c.stack)): c
        for c in deployment.assembly.of_type("AWS::Route53Resolver::ResolverQueryLoggingConfig")
    }
    groups = {
        whole(deployment.resolver.reference(g.id, g.stack)) for g in deployment.assembly.of_type("AWS::Logs::LogGroup")
    }
    for association in deployment.assembly.of_type("AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"):
        known = of(deployment, association)
        if known.get("ResourceId") != own:
            continue
        config = configs.get(whole(known.get("ResolverQueryLogConfigId", "")))
        target = str(deployment.resolver.of(config, "DestinationArn")) if config else ""
        return "" if any(group in target for group in groups) else "its queries go to no log group of these templates"
    return "nothing records the names that are asked for in it"


RULE = Rule(
    id="queries-are-recorded",
    title="The names that are asked for in a VPC are recorded",
    why="an attempt to send something out as a name is seen in the query log alone",
    severity="medium",
    fix="associate a query logging configuration with the VPC",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html",
    controls=controls(nist="AU-2 AU-12 SI-4", soc2="CC7.2", iso="A.6.2.8", aws="DETECT-01", lens="GENSEC03-BP01"),
    check=_check,
)
