"""The ways from a caller to a model, as the templates draw them: API, function, role, endpoints, Project, models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Statement
from review.iam.document import Document
from review.iam.matching import action_listed
from review.identities import Identity, document
from review.rules.facts import (
    GUARDRAIL,
    INFERENCE,
    allowing,
    allows,
    egress,
    endpoints_by_group,
    functions,
    listed,
    whole,
)

Json = Any
_CALLER = "aws:principalarn"
_FUNCTION = re.compile(r"/functions/(.+)/[a-z-]+$")
_ROLE = re.compile(r"arn:[a-z-]+:iam::[^:,\s]*:(?:role|user)/[^,\s\"]+")


@dataclass(frozen=True)
class Way:
    """One way to a model: everything on it, from the left of the picture to the right.

    Attributes
    ----------
    identity
        Who infers.
    function
        The function whose role that is; None if no function of the templates has it.
    api, method
        The API before the function, and a method of it that leads there; None if there is none.
    callers
        Who may call that API.
    check
        How it finds out who calls.
    authorizer
        The function that checks tokens; None where callers sign.
    doors
        The endpoints that the API takes calls through.
    endpoints
        The endpoints that the function reaches by its security groups.
    projects, models, tiers
        What the role infers in, with, and on which service tiers.
    guardrails
        The guardrails that it may apply, and the version that its environment pins.
    version
        That version.
    """

    identity: Identity
    function: Resource | None
    api: Resource | None
    method: Resource | None
    callers: tuple[str, ...]
    check: str
    authorizer: Resource | None
    doors: tuple[Resource, ...]
    endpoints: tuple[Resource, ...]
    projects: tuple[str, ...]
    models: tuple[str, ...]
    tiers: tuple[str, ...]
    guardrails: tuple[str, ...]
    version: str

    @property
    def name(self) -> str:
        """The stack that it is of."""
        return self.identity.resource.stack


def ways(deployment: Deployment) -> list[Way]:
    """Return every way, one for each principal that may infer."""
    return deployment.once(_ways)


def _ways(deployment: Deployment) -> list[Way]:
    return [_way(deployment, identity) for identity in deployment.identities.all if allows(identity, INFERENCE)]


def _way(deployment: Deployment, identity: Identity) -> Way:
    function = deployment.once(_functions_by_role).get(identity.arn)
    method = deployment.once(_methods_by_function).get(deployment.resolver.arn(function)) if function else None
    api = _api(deployment, method) if method else None
    authorizer = _authorizer(deployment, method) if method else None
    inferring = list(_with(identity, INFERENCE))
    environment = _environment(deployment, function)
    return Way(
        identity,
        function,
        api,
        method,
        _callers(deployment, api, authorizer),
        _check(deployment, method, authorizer),
        authorizer,
        _doors(deployment, api),
        reached(deployment, function) if function else (),
        _resources(inferring),
        _values(inferring, "bedrock-mantle:model"),
        _values(inferring, "bedrock-mantle:servicetier"),
        _resources(list(_with(identity, GUARDRAIL))),
        str(environment.get("guardrail_version", "")),
    )


def _with(identity: Identity, action: str) -> Iterator[Statement]:
    for statement in identity.groups[0]:
        if statement.action is not None and action_listed(statement.action, action):
            yield statement


def _resources(statements: list[Statement]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for s in statements if s.resource for v in s.resource.values))


def _values(statements: list[Statement], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for s in statements for t in s.condition if t.key.lower() == key for v in t.values))


def texts(deployment: Deployment, function: Resource) -> dict[str, str]:
    """Return a function's environment, as far as it is texts."""
    found = (deployment.resolver.of(function, "Environment") or {}).get("Variables") or {}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _environment(deployment: Deployment, function: Resource | None) -> dict[str, Json]:
    """What a function's environment says in JSON."""
    found: dict[str, Json] = {}
    for text in texts(deployment, function).values() if function else ():
        try:
            read = json.loads(text)
        except ValueError:
            continue
        found.update(read if isinstance(read, dict) else {})
    return found


def _functions_by_role(deployment: Deployment) -> dict[str, Resource]:
    return {f.role.arn: f.resource for f in reversed(functions(deployment)) if f.role is not None}


def _functions_by_arn(deployment: Deployment) -> dict[str, Resource]:
    return {deployment.resolver.arn(f.resource): f.resource for f in functions(deployment)}


def _methods_by_function(deployment: Deployment) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for method in deployment.assembly.of_type("AWS::ApiGateway::Method"):
        integration = deployment.resolver.of(method, "Integration")
        leads = _FUNCTION.search(str(integration.get("Uri", ""))) if isinstance(integration, dict) else None
        if leads:
            found.setdefault(leads[1], method)
    return found


def _by_reference(deployment: Deployment) -> dict[Json, Resource]:
    resolver = deployment.resolver
    kinds = ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Authorizer")
    return {resolver.reference(r.id, r.stack): r for r in deployment.assembly.of_type(*kinds)}


def _api(deployment: Deployment, method: Resource) -> Resource | None:
    return deployment.once(_by_reference).get(deployment.resolver.of(method, "RestApiId"))


def _authorizer(deployment: Deployment, method: Resource) -> Resource | None:
    found = deployment.once(_by_reference).get(deployment.resolver.of(method, "AuthorizerId"))
    leads = _FUNCTION.search(deployment.resolver.text(found, "AuthorizerUri") or "") if found else None
    return deployment.once(_functions_by_arn).get(leads[1]) if leads else None


def _check(deployment: Deployment, method: Resource | None, authorizer: Resource | None) -> str:
    if method is None:
        return "no API of the templates"
    kind = deployment.resolver.text(method, "AuthorizationType") or "NONE"
    if kind == "AWS_IAM":
        return "AWS Signature Version 4"
    return f"a token, which {authorizer.place} checks" if authorizer else f"authorization {kind}"


def api_policy(deployment: Deployment, api: Resource) -> Document | None:
    """Return an API's resource policy."""
    written = deployment.resolver.of(api, "Policy")
    return None if written is None else document(written, api.place)


def _callers(deployment: Deployment, api: Resource | None, authorizer: Resource | None) -> tuple[str, ...]:
    found: list[str] = []
    policy = api_policy(deployment, api) if api else None
    for statement in allowing(policy) if policy else ():
        named = statement.principals.kinds.get("AWS", ()) if statement.principals else ()
        found += [name for name in named if name != "*"]
        found += [v for test in statement.condition if test.key.lower() == _CALLER for v in test.values]
    for text in texts(deployment, authorizer).values() if authorizer else ():
        found += _ROLE.findall(text)
    return tuple(dict.fromkeys(found))


def _doors(deployment: Deployment, api: Resource | None) -> tuple[Resource, ...]:
    if api is None:
        return ()
    configured = deployment.resolver.of(api, "EndpointConfiguration") or {}
    named = {whole(name) for name in listed(configured.get("VpcEndpointIds"))}
    policy = api_policy(deployment, api)
    named |= {
        whole(value)
        for statement in (allowing(policy) if policy else ())
        for test in statement.condition
        if test.key.lower() == "aws:sourcevpce"
        for value in test.values
    }
    resolver = deployment.resolver
    return tuple(
        e
        for e in deployment.assembly.of_type("AWS::EC2::VPCEndpoint")
        if whole(resolver.reference(e.id, e.stack)) in named
    )


def reached(deployment: Deployment, function: Resource) -> tuple[Resource, ...]:
    """Return the endpoints that a function's security groups let it out to."""
    placed = deployment.resolver.of(function, "VpcConfig") or {}
    rules = egress(deployment)
    found: dict[str, Resource] = {}
    for group in listed(placed.get("SecurityGroupIds")):
        for rule in rules.get(whole(group), []):
            for endpoint in endpoints_by_group(deployment).get(whole(rule.get("DestinationSecurityGroupId")), []):
                found[endpoint.place] = endpoint
    return tuple(found.values())
