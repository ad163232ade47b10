"""The controls that a private deployment of models on Bedrock is asked for, and what answers each.

A control is answered by rules (`review.rules`), by claims (`review.proof.claims`), or, where nothing that a template
says can answer it, by an assumption: something that the organisation does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes
    ----------
    number
        Its number in reports.
    title
        What is asked for.
    answers
        Ids of the rules and claims that answer it.
    assumed
        Ids of the assumptions that answer what they leave open.
    """

    number: int
    title: str
    answers: tuple[str, ...]
    assumed: tuple[str, ...] = ()


def _control(number: int, title: str, answers: str, assumed: str = "") -> Control:
    return Control(number, title, tuple(answers.split()), tuple(assumed.split()))


CONTROLS: tuple[Control, ...] = (
    _control(
        1,
        "No gateway, VPN, peering or other way out of the network",
        "network-closed parts-are-known",
        "by-hand",
    ),
    _control(2, "No route but the VPC's own", "subnet-has-a-route-table network-closed", "by-hand"),
    _control(3, "Subnets assign no public address", "network-closed"),
    _control(4, "The default security group is closed", "default-group-is-closed default-group-has-no-members"),
    _control(
        5, "Flow logs of all traffic, encrypted", "log-is-delivered flow-log-records-all-traffic log-group-is-encrypted"
    ),
    _control(6, "Functions in isolated subnets of two zones", "network-closed function-in-two-zones"),
    _control(
        7,
        "Functions reach endpoints alone, on 443",
        "network-closed function-reaches-endpoints-alone group-rules-name-their-ports "
        "models-are-reached-by-proxies-alone",
    ),
    _control(
        8,
        "Endpoints take HTTPS from the functions alone",
        "endpoint-is-reached network-acl-lets-https-through endpoint-takes-https-from-named-groups",
    ),
    _control(9, "An endpoint for every service that is called", "endpoints-are-those-in-use"),
    _control(10, "No endpoint for a service that is not used", "endpoints-are-those-in-use"),
    _control(11, "Private DNS of the endpoints", "vpc-answers-private-names endpoint-has-private-dns"),
    _control(12, "Every endpoint has a policy", "endpoints-closed", "hub"),
    _control(
        13,
        "Endpoint policies: named actions, principals of this account",
        "endpoints-closed endpoint-policy-names-its-actions endpoint-passes-what-functions-call "
        "model-endpoint-takes-roles-by-path",
        "hub",
    ),
    _control(14, "Endpoint policies: resources of this account", "endpoints-closed", "hub"),
    _control(
        15,
        "The proxy's role infers in its own Project, and nothing else",
        "roles-are-taken-by-named model-calls own-project",
    ),
    _control(16, "Models are the approved ones", "own-project models-are-gemma"),
    _control(17, "Teams are disjoint", "own-project role-is-its-own"),
    _control(
        18,
        "No wildcard and no managed policy on models",
        "model-calls actions-are-named resources-are-named function-role-has-no-managed-policy",
    ),
    _control(19, "No role changes retention, Projects, reservations or files", "nothing-changed model-calls", "scp"),
    _control(
        20, "Bearer tokens are denied, of both kinds", "ways-round-denied bearer-tokens-are-denied model-calls", "scp"
    ),
    _control(21, "No users, no keys without an end", "parts-are-known nothing-changed", "scp"),
    _control(22, "All actions exist", "actions-exist condition-keys-are-known"),
    _control(23, "Zero data retention", "nothing-changed", "retention"),
    _control(
        24,
        "A Project for each team, with its owner",
        "project-has-an-owner project-can-be-made-in-its-region own-project",
    ),
    _control(25, "A guardrail, bound to a version", "version-is-of-this-content version-is-pinned"),
    _control(26, "Prompt attacks are filtered at HIGH", "prompt-attacks-are-filtered"),
    _control(27, "Personal data is filtered both ways", "personal-data-is-filtered"),
    _control(28, "The guardrail is encrypted with a customer key", "has-a-customer-key"),
    _control(
        29, "No way to a model without the guardrail", "ways-round-denied through-the-proxy version-is-pinned", "code"
    ),
    _control(30, "Nobody in the stacks changes the guardrail", "nothing-changed", "scp"),
    _control(31, "An enforced guardrail of the account is considered", "version-is-pinned", "enforced-guardrail"),
    _control(32, "A record of each call, without its text", "records-go-to-a-kept-group", "code"),
    _control(
        33,
        "Log groups: key, retention, kept",
        "log-group-is-encrypted log-group-has-an-end evidence-is-kept log-group-refuses-deletion",
    ),
    _control(
        34, "No prompts in logs", "writes-no-prompts logs-mask-what-no-line-holds log-protection-stays-here", "code"
    ),
    _control(
        35,
        "The evidence bucket: key, closed, versions, TLS",
        "bucket-has-a-customer-key bucket-copies-nowhere bucket-is-closed bucket-keeps-versions bucket-takes-tls-alone "
        "bucket-takes-tls-of-today "
        "bucket-owner-owns-all bucket-ends-its-files stream-writes-to-an-evidence-bucket stream-is-encrypted "
        "records-go-to-named-streams",
    ),
    _control(
        36,
        "Services act for this deployment alone",
        "resource-policy-names-its-own services-are-bound-to-a-source evidence-stays topic-takes-from-alarms-alone",
    ),
    _control(
        37,
        "Keys rotate, wait, and are nobody else's",
        "key-has-its-alias key-lets-its-user-in key-rotates key-waits-before-deletion "
        "signing-key-signs-for-proxies-alone digest-key-serves-proxies-and-auditors-alone evidence-stays",
    ),
    _control(
        38,
        "A trail of data events of models and guardrail",
        "selectors-select gateway-may-write-logs trail-records-model-calls trail-is-whole evidence-is-watched",
        "organisation-trail",
    ),
    _control(
        39,
        "Alarms on what should not happen",
        "authorizer-faults-are-counted changes-are-told faults-raise-alarms "
        "alarm-is-whole alarms-are-about-their-own alarms-say-what-they-mean "
        "alarms-say-when-it-is-over alarms-have-their-query events-are-of-this-deployment events-say-who-did-what "
        "blocked-names-raise-an-alarm alarms-tell-somebody alarms-go-to-topics events-go-to-topics topic-is-encrypted "
        "topic-takes-from-alarms-alone topic-takes-tls-alone subscription-reaches-the-named",
        "alarms",
    ),
    _control(
        40,
        "Rate and cost limits of each team",
        "tier-is-named table-has-a-customer-key table-can-be-recovered table-refuses-deletion table-is-not-copied",
        "limits",
    ),
    _control(41, "No public door to a function", "parts-are-known through-the-proxy permission-is-for-its-own-api"),
    _control(
        42,
        "The API is private",
        "policy-allows-by-endpoint errors-are-logged function-takes-its-api api-callers access-is-logged "
        "authorizer-knows-its-callers refusals-carry-their-id published-leads-to-its-own",
    ),
    _control(43, "No secrets in variables", "environment-has-no-secret parameter-has-no-secret goes-where-it-was-sent"),
    _control(
        44,
        "Supported runtime, pinned code",
        "says-how-it-runs runtime-is-supported package-is-pinned has-no-layers",
        "bootstrap",
    ),
    _control(
        45,
        "No helper function with rights of its own",
        "network-closed parts-are-known every-method-goes-to-a-function",
    ),
    _control(46, "Evidence outlives its stack", "evidence-is-kept platform-refuses-to-be-deleted"),
    _control(47, "Text stays in the Region", "text-stays-in-the-region"),
    _control(
        48,
        "What the organisation does is written down",
        "has-what-is-required parts-carry-their-tag is-whole",
        "scp organisation-trail ai-opt-out",
    ),
    _control(
        49,
        "Queues of teams: encrypted, TLS, of this account",
        "queue-is-encrypted queue-takes-tls-alone messages-are-put-aside-here data-is-read-by-its-own evidence-stays",
    ),
    _control(
        50,
        "Archives of prompts: acknowledged, closed, locked, watched",
        "prompt-archive-is-acknowledged prompt-archive-is-closed prompt-archive-is-read-by-no-caller",
    ),
)

#: What no template can show, by id: who does it, or who has to look.
ASSUMPTIONS: dict[str, str] = {
    "by-hand": "Nobody attaches a gateway, a peering or a route by hand: an SCP is what keeps them from it "
    "(docs/policies.md).",
    "hub": "The endpoints of a hub have the policies that the outputs of the Network stack say.",
    "scp": "The documents of `make policies` are attached, so that administrators and other stacks are held to them.",
    "retention": "The data retention mode of each Project is 'none': CloudFormation cannot set it; `make retention` "
    "reads and sets it.",
    "code": "The functions' code applies the guardrail to every text and writes no prompt into a record: its tests "
    "show it, and the package is the same bytes from the same commit.",
    "enforced-guardrail": "An enforced guardrail of the account is not relied on: AWS documents it for InvokeModel and "
    "Converse, and whether it reaches bedrock-mantle is not known.",
    "organisation-trail": "Where this deployment records no management events or no data events, a trail of the "
    "organisation does.",
    "alarms": "Somebody is told of an alarm. Alarms on refused calls, on guardrail blocks and on cost are not judged.",
    "limits": "What a team may spend is limited outside of these templates, by AWS's quotas of the account and its "
    "budgets.",
    "bootstrap": "Nobody but the pipeline writes the bucket that CDK deploys from.",
    "ai-opt-out": "The organisation's AI services opt-out policy is set.",
}
