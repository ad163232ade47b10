"""Slips in ``network`` and ``guardrail.tier`` of ``cloister.yaml``, and what is reported of each.

A case is the file, a text that stands in it once, the text that takes its place, and the line of the report.
"""

Case = tuple[str, str, str, str]
DEPLOYMENT = "cloister.yaml"
NETWORK = "  cidr: 10.80.0.0/20\n  zones: [us-east-1a, us-east-1b]\n"
SUBNETS = "  subnets: [{id: subnet-0123abcd, zone: us-east-1a}, {id: subnet-4567abcd, zone: us-east-1b}]\n"
EXISTING = f"  mode: existing\n  vpc: vpc-0123abcd\n  cidr: 10.0.0.0/16\n{SUBNETS}"
HUB = EXISTING.replace("existing", "hub") + (
    "  endpoints: {execute_api: vpce-0123abcd, bedrock_mantle: sg-0123abcd, bedrock_runtime: pl-0123abcd, "
    "sts: sg-4567abcd}\n"
)

CASES: dict[str, Case] = {
    "mode": (
        DEPLOYMENT,
        "network:\n",
        "network:\n  mode: isolted\n",
        "cloister.yaml:8: network.mode: found 'isolted'; "
        "did you mean 'isolated'? (one of isolated, existing, hub, development)",
    ),
    "mode that is no text": (
        DEPLOYMENT,
        "network:\n",
        "network:\n  mode: 1\n",
        "cloister.yaml:8: network.mode: found '1'; needs one of isolated, existing, hub, development",
    ),
    "network that is no mapping": (
        DEPLOYMENT,
        f"network:\n{NETWORK}",
        "network: isolated\n",
        "cloister.yaml:7: network: found 'isolated'; needs a mapping: 'key: value' lines",
    ),
    "two zones for development": (
        DEPLOYMENT,
        "network:\n",
        "network:\n  mode: development\n",
        "cloister.yaml:10: network.zones: found 2 of them; needs one zone in this mode",
    ),
    "key of another mode": (
        DEPLOYMENT,
        NETWORK,
        f"{EXISTING}  zones: [us-east-1a]\n",
        "cloister.yaml:12: network.zones: unknown key; needs one of vpc, cidr, subnets, subnets_account, "
        "flow_logs, dns_firewall, mode, "
        "clients, all_bedrock_endpoints",
    ),
    "VPC by name": (
        DEPLOYMENT,
        NETWORK,
        EXISTING.replace("vpc-0123abcd", "main"),
        "cloister.yaml:9: network.vpc: found 'main'; needs the id of a VPC, such as 'vpc-0123456789abcdef0'",
    ),
    "subnet in another Region": (
        DEPLOYMENT,
        NETWORK,
        EXISTING.replace("us-east-1b", "us-east-2b"),
        "cloister.yaml:11: network.subnets[1].zone: found 'us-east-2b'; "
        "needs a zone of us-east-1, such as 'us-east-1a', or its id, such as 'use1-az1'",
    ),
    "two subnets in one zone": (
        DEPLOYMENT,
        NETWORK,
        EXISTING.replace("us-east-1b", "us-east-1a"),
        "cloister.yaml:11: network.subnets: found 'us-east-1a' twice; needs two to six subnets, one a zone",
    ),
    "hub without an endpoint": (
        DEPLOYMENT,
        NETWORK,
        HUB.replace(", sts: sg-4567abcd", ""),
        "cloister.yaml:12: network.endpoints.sts: missing; add it under 'network.endpoints': "
        "The sts endpoint: its security group, or a prefix list.",
    ),
    "hub by address": (
        DEPLOYMENT,
        NETWORK,
        HUB.replace("sts: sg-4567abcd", "sts: 10.9.0.0/16"),
        "cloister.yaml:12: network.endpoints.sts: found '10.9.0.0/16'; "
        "needs the endpoint's security group, 'sg-…', or a prefix list of its addresses, 'pl-…'",
    ),
    "clients by address in a hub": (
        DEPLOYMENT,
        NETWORK,
        f"{HUB}  clients: {{cidrs: [10.9.0.0/16]}}\n",
        "cloister.yaml:13: network.clients.cidrs: unknown key; needs one of endpoints",
    ),
    "clients from everywhere": (
        DEPLOYMENT,
        NETWORK,
        f"{NETWORK}  clients: {{cidrs: [0.0.0.0/0]}}\n",
        "cloister.yaml:10: network.clients.cidrs[0]: found '0.0.0.0/0'; needs a private range: "
        "within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    "clients from a range that is no network": (
        DEPLOYMENT,
        NETWORK,
        f"{NETWORK}  clients: {{cidrs: [10.0.0.0/8]}}\n",
        "cloister.yaml:10: network.clients.cidrs[0]: found '10.0.0.0/8'; needs a named network, /12 or smaller",
    ),
    "endpoint of clients by name": (
        DEPLOYMENT,
        NETWORK,
        f"{NETWORK}  clients: {{endpoints: [execute-api]}}\n",
        "cloister.yaml:10: network.clients.endpoints[0]: found 'execute-api'; "
        "needs the id of a VPC endpoint, such as 'vpce-0123456789abcdef0'",
    ),
    "organisation": (
        DEPLOYMENT,
        "network:\n",
        "organization: example\nnetwork:\n",
        "cloister.yaml:7: organization: found 'example'; needs the id of an AWS organisation, such as 'o-a1b2c3d4e5'",
    ),
    "standard tier without a word": (
        DEPLOYMENT,
        "guardrail:\n",
        "guardrail:\n  tier: standard\n",
        "cloister.yaml:16: guardrail.tier: found 'standard', which reads prompts and answers outside the Region; "
        "add 'acknowledge_cross_region: us' if any Region of that geography may read them",
    ),
    "standard tier in another geography": (
        DEPLOYMENT,
        "guardrail:\n",
        "guardrail:\n  tier: standard\n  acknowledge_cross_region: eu\n",
        "cloister.yaml:17: guardrail.acknowledge_cross_region: found 'eu'; us-east-1 is of the geography 'us'",
    ),
    "acknowledged for nothing": (
        DEPLOYMENT,
        "guardrail:\n",
        "guardrail:\n  acknowledge_cross_region: us\n",
        "cloister.yaml:16: guardrail.acknowledge_cross_region: found 'us'; "
        "leave it out: the tier 'classic' stays in the Region",
    ),
}
