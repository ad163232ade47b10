"""Who may call each API: through the named endpoints, with a check of who it is, and where callers sign nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Document, PolicyError, Principal
from review.iam.arn import account_of
from review.iam.context import Values
from review.iam.execute_api import read_completed
from review.proof.ask import request, statements
from review.proof.claim import Claim, Refuted, Witness
from review.proof.outsiders import ANONYMOUS, about, admitted
from review.proof.search import Found, Question, find
from review.resolve import UnreadableError
from review.words import many

Json = Any
_INVOKE = "execute-api:Invoke"
_ARN = "aws:PrincipalArn"
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def _prove(deployment: Deployment) -> Refuted | str:
    apis = list(deployment.assembly.of_type("AWS::ApiGateway::RestApi"))
    counted = 0
    for api in apis:
        kinds = _authorization(deployment, api)
        if isinstance(kinds, Refuted):
            return kinds
        document = _policy(deployment, api)
        if document is None:
            return Refuted(api.place, "it has no resource policy: nothing binds it to an endpoint")
        refuted = _elsewhere(deployment, api, document)
        if refuted is None and "AWS_IAM" in kinds:
            callers = _callers(document)
            counted += len(callers)
            refuted = _others(deployment, api, document, callers)
        if refuted is not None:
            return refuted
    return (
        f"{many(len(apis), 'API')}; {many(counted, 'caller is', 'callers are')} named where callers sign"
        if apis
        else ""
    )


def _authorization(deployment: Deployment, api: Resource) -> set[str] | Refuted:
    kinds = (deployment.resolver.of(api, "EndpointConfiguration") or {}).get("Types")
    if kinds != ["PRIVATE"]:
        return Refuted(api.place, f"its endpoint is {kinds}, and not PRIVATE alone")
    found: set[str] = set()
    for method in deployment.methods_of(api):
        kind = deployment.resolver.of(method, "AuthorizationType")
        if kind not in ("AWS_IAM", "CUSTOM") or (
            kind == "CUSTOM" and not deployment.resolver.of(method, "AuthorizerId")
        ):
            return Refuted(method.place, f"whoever reaches it may call it: its authorization is {kind}")
        found.add(kind)
    if not found:
        raise UnreadableError(f"{api.place} has no method in the templates: what it answers is not seen here")
    return found


def _policy(deployment: Deployment, api: Resource) -> Document | None:
    written = deployment.resolver.of(api, "Policy")
    if written is None:
        return None
    try:
        return read_completed(written, _api_arn(deployment, api), api.place)
    except PolicyError as wrong:
        raise UnreadableError(str(wrong)) from None


def _api_arn(deployment: Deployment, api: Resource) -> str:
    own = deployment.resolver.reference(api.id, api.stack)
    return deployment.resolver.place(api.stack).arn("execute-api", own)


def _elsewhere(deployment: Deployment, api: Resource, document: Document) -> Refuted | None:
    """A call that came through no endpoint, or through another one: unsigned, or signed with every right in IAM."""
    here: Json = {"Action": _INVOKE, "Resource": f"{_api_arn(deployment, api)}/*"}
    nowhere = {**here, "Condition": {"Null": {"aws:SourceVpce": "true"}}}
    says = "a call reaches it that came through no endpoint of the deployment"
    for asked, came in ((here, {"aws:sourcevpce": ("vpce-of-somebody",)}), (nowhere, {})):
        unsigned = admitted(
            document, ANONYMOUS, [_INVOKE], like=statements(asked), fixed=came, partition=deployment.partition(api)
        )
        if unsigned is not None:
            case = {"request": request("anonymous", unsigned, deployment.account), "resourcePolicy": document.written}
            return Refuted(api.place, says, Witness(case, says))
        signed = _signed(deployment, api, document, deployment.account, asked, came)
        if signed is not None:
            return _refuted(deployment, api, document, signed, says)
    return None


def _callers(document: Document) -> list[str]:
    """The ARNs that the policy lets in: those that an Allow names, in its principals or its condition."""
    found: list[str] = []
    for statement in document.statements:
        if statement.effect == "Allow":
            named = statement.principals.kinds.get("AWS", ()) if statement.principals else ()
            found += [name for name in named if name != "*"]
            found += [v for test in statement.condition if test.key.lower() == _ARN.lower() for v in test.values]
    return sorted(set(found))


def _others(deployment: Deployment, api: Resource, document: Document, callers: list[str]) -> Refuted | None:
    """Roles with every right in IAM, in this account and another, that are none of the callers."""
    named = {account for caller in callers if (account := account_of(caller))}
    for account in sorted({deployment.account, deployment.stranger, *named}):
        condition: Json = {"ArnNotLike": {_ARN: callers}} if callers else {}
        asked = {"Action": _INVOKE, "Resource": f"{_api_arn(deployment, api)}/*", "Condition": condition}
        found = _signed(deployment, api, document, account, asked, {})
        if found is not None:
            return _refuted(deployment, api, document, found, "a role that is none of its callers may call it")
    return None


def _signed(
    deployment: Deployment,
    api: Resource,
    document: Document,
    account: str,
    asked: Json,
    fixed: Mapping[str, Values | None],
) -> Found | None:
    """A call by a role of an account, whatever its name, that has every right in IAM."""
    who = Principal.parse(f"arn:{deployment.partition(api)}:iam::{account}:role/somebody")
    named = {
        "Condition": {"ArnLike": {_ARN: f"arn:{deployment.partition(api)}:iam::{account}:role/?*"}},
        "Action": _INVOKE,
    }
    # In one account the role's own rights are enough; from another the policy has to allow it too.
    allows = [about(document, "Allow", who)] if account != deployment.account else []
    return find(
        Question(
            who=who,
            groups=[statements(asked), statements(named), *allows],
            without=about(document, "Deny", who),
            actions=[_INVOKE],
            partition=deployment.partition(api),
            fixed={"aws:principalaccount": (account,), "aws:principalisawsservice": ("false",), **fixed},
        )
    )


def _refuted(deployment: Deployment, api: Resource, document: Document, found: Found, says: str) -> Refuted:
    arn = next(values[0] for key, values in found.context.items() if key.lower() == _ARN.lower())
    case = {
        "request": request(arn, found, deployment.account),
        "identityPolicies": [_EVERYTHING],
        "resourcePolicy": document.written,
    }
    return Refuted(api.place, f"{says}: {arn}", Witness(case, f"{arn} may call it if its own policies allow it"))


CLAIM = Claim(
    id="api-callers",
    says="Every API is private and takes calls through the endpoints that its policy names alone; every method finds "
    "out who calls; where callers sign, nobody calls but those that the policy names, whatever their own rights are.",
    why="in one account, a right on execute-api:Invoke opens an API whose policy is only silent about its holder",
    cure="deny execute-api:Invoke to whoever is not ArnLike the callers in aws:PrincipalArn, and to other endpoints",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html",
    prover=_prove,
    silent=(
        "Whom an authorizer lets in: that is its code.",
        "Who may take on a caller's role.",
    ),
)
