"""What a stack publishes for its clients is there, and leads to the stack's own API, models and policy."""

from __future__ import annotations

from collections.abc import Iterator

from review.assembly import Resource
from review.deployment import Deployment
from review.identities import document
from review.rules.facts import allowing
from review.rules.rule import NotApplicableError, Result, Rule, controls, judged

_PARAMETER, _POLICY, _API = "AWS::SSM::Parameter", "AWS::IAM::ManagedPolicy", "AWS::ApiGateway::RestApi"
_INVOKE = "execute-api:Invoke"
#: By the end of a parameter's name: what its value has in it.
_NAMED = ("access", "api-id", "base-url", "endpoint", "models")


def _check(deployment: Deployment) -> Iterator[Result]:
    if any(deployment.once(_published).values()):
        for api in deployment.assembly.of_type(_API):
            yield judged(_judge, deployment, api)


def _published(deployment: Deployment) -> dict[str, dict[str, str]]:
    """What the stacks with an API publish, by the end of its name."""
    found: dict[str, dict[str, str]] = {}
    for api in deployment.assembly.of_type(_API):
        parameters = deployment.assembly.within(api.stack, _PARAMETER)
        named = {str(deployment.resolver.of(p, "Name")): str(deployment.resolver.of(p, "Value")) for p in parameters}
        found[api.stack] = {name.rpartition("/")[2]: value for name, value in named.items()}
    return found


def _judge(deployment: Deployment, api: Resource) -> str:
    published = deployment.once(_published)[api.stack]
    if not published:
        raise NotApplicableError("its stack publishes nothing")
    own = deployment.resolver.reference(api.id, api.stack)
    missing = [name for name in _NAMED if not published.get(name)]
    if missing:
        return f"its stack publishes no {missing[0]}, which clients find it by"
    if published["api-id"] != own or f"//{own}." not in published["base-url"]:
        return f"what is published leads to {published['base-url']}, and not to it"
    if published["endpoint"] not in str(deployment.resolver.of(api, "Policy")):
        return f"the endpoint {published['endpoint']} is published, which its policy does not let through"
    callers = deployment.once(_callers).get(api.stack, {})
    named = published.get("caller-policy")
    if callers and named not in callers:
        return f"the policy of callers that is published is {named}, which does not let them call, or lets them more"
    return ""


def _callers(deployment: Deployment) -> dict[str, dict[str, Resource]]:
    """The policies by stack that let whoever has them call APIs, and nothing else."""
    found: dict[str, dict[str, Resource]] = {}
    for policy in deployment.assembly.of_type(_POLICY):
        written = document(deployment.resolver.of(policy, "PolicyDocument"), policy.place)
        actions = {action for s in allowing(written) if s.action for action in s.action.values}
        if actions == {_INVOKE}:
            found.setdefault(policy.stack, {})[deployment.resolver.arn(policy, "PolicyArn")] = policy
    return found


RULE = Rule(
    id="published-leads-to-its-own",
    title="What a stack publishes for its clients is there, and leads to the stack's own API, models and policy",
    why="a client sends its prompts to the address that it finds, and the policy that is named is attached to callers",
    severity="medium",
    fix="publish the API's own id and address, its endpoint, and the policy that allows execute-api:Invoke alone",
    source="https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html",
    controls=controls(nist="AC-4 AC-6 CM-6", soc2="CC6.1"),
    check=_check,
)
