"""Every way from an API to a model leads through one function, which applies the guardrail."""

from __future__ import annotations

from itertools import pairwise

from review.assembly import Resource
from review.deployment import Deployment
from review.identities import Identity
from review.proof.ask import allowed, witness
from review.proof.claim import Claim, Refuted
from review.proof.inference import GUARDRAIL, INFERENCE
from review.resolve import UnreadableError
from review.words import many

#: Other doors to a function than API Gateway's.
_DOORS = ("AWS::Lambda::Url", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig")


def _prove(deployment: Deployment) -> Refuted | str:
    inferring = {
        arn: role
        for arn, role in deployment.identities.roles.items()
        if allowed(deployment, role, [INFERENCE]) is not None
    }
    if not inferring:
        return ""
    functions = list(deployment.assembly.of_type("AWS::Lambda::Function"))
    proxies = [f for f in functions if deployment.resolver.text(f, "Role") in inferring]
    for arn, role in inferring.items():
        refuted = _role(deployment, role, [f for f in proxies if deployment.resolver.text(f, "Role") == arn])
        if refuted is not None:
            return refuted
    refuted = _doors(deployment, proxies)
    if refuted is not None:
        return refuted
    return _methods(deployment, {deployment.resolver.arn(proxy) for proxy in proxies}) or (
        f"{many(len(inferring), 'role that infers', 'roles that infer')}, each of one function behind one API"
    )


def _role(deployment: Deployment, role: Identity, functions: list[Resource]) -> Refuted | None:
    if role.services != ["lambda.amazonaws.com"] or _trusts_more(role):
        return Refuted(role.resource.place, f"it infers, and {', '.join(role.services) or 'nobody'} take it on")
    if len(functions) != 1:
        return Refuted(
            role.resource.place,
            f"it infers, and {many(len(functions), 'function has', 'functions have')} it: one is right",
        )
    if allowed(deployment, role, [GUARDRAIL]) is None:
        return Refuted(role.resource.place, "it infers, and may apply no guardrail")
    without = allowed(deployment, role, [INFERENCE], fixed=_other_function(deployment, role))
    if without is not None:
        shown = witness(deployment, role, without)
        return Refuted(role.resource.place, f"{shown.says}: another function that is given it infers", shown)
    return None


def _other_function(deployment: Deployment, role: Identity) -> dict[str, tuple[str, ...]]:
    arn = f"arn:{deployment.partition(role.resource)}:lambda:region-1:{deployment.account}:function:some-other-function"
    return {"lambda:sourcefunctionarn": (arn,)}


def _trusts_more(role: Identity) -> bool:
    statements = role.trust.statements if role.trust else ()
    return any(
        s.effect == "Allow" and (s.principals is None or set(s.principals.kinds) != {"Service"}) for s in statements
    )


def _doors(deployment: Deployment, proxies: list[Resource]) -> Refuted | None:
    resolver = deployment.resolver
    names = {
        name: proxy for proxy in proxies for name in (resolver.arn(proxy), resolver.reference(proxy.id, proxy.stack))
    }
    for door in deployment.assembly.of_type(*_DOORS):
        target = resolver.of(door, "TargetFunctionArn") or resolver.of(door, "FunctionName")
        if target in names:
            return Refuted(door.place, f"it is another door to {names[target].place} than its API")
    apis = {resolver.reference(a.id, a.stack) for a in deployment.assembly.of_type("AWS::ApiGateway::RestApi")}
    for permission in deployment.assembly.of_type("AWS::Lambda::Permission"):
        proxy = names.get(str(resolver.of(permission, "FunctionName")))
        if proxy is None:
            continue
        principal, source = resolver.of(permission, "Principal"), resolver.of(permission, "SourceArn")
        # An ARN's sixth part begins with the API: arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH.
        own = isinstance(source, str) and source.split(":", 5)[-1].partition("/")[0] in apis and "/" in source
        if principal != "apigateway.amazonaws.com" or not own:
            return Refuted(permission.place, f"it lets {principal} invoke {proxy.place} from {source or 'anywhere'}")
    return None


def _methods(deployment: Deployment, proxies: set[str]) -> Refuted | str:
    resolver = deployment.resolver
    for method in deployment.assembly.of_type("AWS::ApiGateway::Method"):
        integration = resolver.of(method, "Integration")
        if not isinstance(integration, dict):
            raise UnreadableError(f"{method.place} has no integration that can be read")
        uri = str(integration.get("Uri", ""))
        if integration.get("Type") == "MOCK":
            continue
        if integration.get("Type") != "AWS_PROXY" or proxies.isdisjoint(_functions(uri)):
            return Refuted(method.place, f"it leads to {uri or integration.get('Type')}, which is no proxy")
    return ""


def _functions(uri: str) -> list[str]:
    """The functions that a Uri leads to: `…:path/2015-03-31/functions/ARN/invocations`."""
    parts = uri.split("/")
    return [name for before, name in pairwise(parts[:-1]) if before == "functions"]


CLAIM = Claim(
    id="through-the-proxy",
    says="Every role that infers is of one function, which Lambda alone takes on and API Gateway alone invokes for an "
    "API of the templates; every method leads to such a function; its role may apply the guardrail, and infers nothing "
    "when another function is given it.",
    why="a way to a model beside the function is a way beside the guardrail and the record",
    cure="take away the door, the permission or the trust that is named",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-source-function-arn.html",
    prover=_prove,
    silent=("What the function's code does: that it applies the guardrail is its tests' to show.",),
    assumes=("Lambda fills lambda:SourceFunctionArn in every request that a function's code makes.",),
)
