"""The services' own names are the endpoints' addresses."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import ENDPOINT, is_on, listed
from review.rules.rule import NotApplicableError, Rule, controls, each


@each(ENDPOINT)
def _check(deployment: Deployment, endpoint: Resource) -> str:
    if deployment.resolver.of(endpoint, "VpcEndpointType") != "Interface":
        raise NotApplicableError("a gateway endpoint has no name of its own")
    if is_on(deployment.resolver.of(endpoint, "PrivateDnsEnabled")):
        return ""
    # A record names the endpoint in what only a deployment can compute, so its text is what is looked at.
    records = deployment.assembly.of_type("AWS::Route53::RecordSet")
    if any(record.stack == endpoint.stack and repr(endpoint.id) in str(record.properties) for record in records):
        return ""
    # Or the endpoint is called by its own name, which its stack gives out.
    outputs = deployment.assembly.by_stack[endpoint.stack].body.get("Outputs") or {}
    if any(f"['{endpoint.id}', 'DnsEntries']" in str(output) for output in outputs.values()):
        return ""
    written = deployment.resolver.of(endpoint, "PolicyDocument") or {}
    if listed(written.get("Statement")) and all(s.get("Effect") == "Deny" for s in listed(written.get("Statement"))):
        raise NotApplicableError("it lets nothing through, whatever its name")
    return "its service's own name is not its address, and no record of a private zone leads to it"


RULE = Rule(
    id="endpoint-has-private-dns",
    title="The services' own names are the endpoints' addresses",
    why="a function that asks for the service's name would be sent to the public address",
    severity="high",
    fix="set PrivateDnsEnabled",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    controls=controls(nist="SC-7 SC-20", soc2="CC6.6", aws="INFRA-01", lens="GENSEC01-BP02"),
    check=_check,
)
