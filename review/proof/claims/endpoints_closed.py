"""No endpoint lets credentials of another account through, or anybody to a resource of another account."""

from __future__ import annotations

from typing import Any

from review.deployment import Attached, Deployment
from review.iam import Principal, Statement, service
from review.iam.document import Document
from review.proof.ask import request
from review.proof.claim import Claim, Refuted, Witness
from review.proof.outsiders import admitted, others, strangers
from review.proof.search import Found, actions_matching
from review.words import many

Json = Any
#: Operations whose answer says only who asks, and that are about no resource.
_ABOUT_ONESELF = {"sts:GetCallerIdentity"}


def _prove(deployment: Deployment) -> list[Refuted] | str:
    endpoints = list(deployment.attached("AWS::EC2::VPCEndpoint"))
    wrong: list[Refuted] = []
    for endpoint in endpoints:
        if endpoint.document is None:
            wrong.append(Refuted(endpoint.resource.place, "it has no policy, and lets everything through"))
            continue
        refuted = _stranger(deployment, endpoint, endpoint.document) or _elsewhere(
            deployment, endpoint, endpoint.document
        )
        if refuted is not None:
            wrong.append(refuted)
    if wrong:
        return wrong
    return many(len(endpoints), "endpoint") if endpoints else ""


def _actions(document: Document) -> list[str]:
    allows: list[Statement] = [s for s in document.statements if s.effect == "Allow"]
    return actions_matching(allows)


def _stranger(deployment: Deployment, endpoint: Attached, document: Document) -> Refuted | None:
    partition = deployment.partition(endpoint.resource)
    for who in strangers(document, deployment.account, deployment.stranger, partition):
        # Of another organisation, or of none: who is of one that the policy names is let in by name.
        for organisation in (("o-ofsomebodyelse",), None):
            found = admitted(
                document,
                who,
                _actions(document),
                fixed={"aws:principalorgid": organisation, "aws:principalorgpaths": None},
                partition=partition,
            )
            if found is not None:
                owner = str(who.account)
                shown = _witness(who.name, found, document, owner, f"a role of the account {owner}")
                return Refuted(endpoint.resource.place, f"it lets a role of another account {found.action}", shown)
    return None


def _elsewhere(deployment: Deployment, endpoint: Attached, document: Document) -> Refuted | None:
    """Anybody of this account, at a resource of another; of a kind whose ARN names no account, by its owner's key."""
    roles = [role.arn for role in deployment.identities.roles.values()]
    everybody = [f"arn:{deployment.partition(endpoint.resource)}:iam::{deployment.account}:role/somebody", *roles]
    owners = others(document, deployment.account, deployment.stranger)
    for arn, owner in ((arn, owner) for owner in owners for arn in everybody):
        for name in _actions(document):
            action = service.action(name)
            if action is None or name in _ABOUT_ONESELF:
                continue
            owned = all("${Account}" in text for text in action.resources) and bool(action.resources)
            found = admitted(
                document,
                Principal.parse(arn),
                [name],
                fixed={} if owned else {"aws:resourceaccount": (owner,)},
                account=owner,
                partition=deployment.partition(endpoint.resource),
            )
            if found is not None:
                shown = _witness(arn, found, document, owner, arn)
                return Refuted(endpoint.resource.place, f"it lets {arn} {name} in another account", shown)
    return None


def _witness(arn: str, found: Found, document: Document, owner: str, who: str) -> Witness:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    # Both accounts are taken to allow it: what is left to stop it is the endpoint.
    case: Json = {
        "request": request(arn, found, owner),
        "identityPolicies": [{"Version": "2012-10-17", "Statement": [everything]}],
        "resourcePolicy": {"Version": "2012-10-17", "Statement": [{**everything, "Principal": "*"}]},
        "endpointPolicy": document.written,
    }
    return Witness(case, f"{who} may {found.action} on {found.resource} through it, if both accounts allow it")


CLAIM = Claim(
    id="endpoints-closed",
    says="Every endpoint has a policy; no principal of another account passes it, unless it is of an organisation "
    "that the policy names, and nobody passes it to a resource of another account.",
    why="whoever brings credentials of an account of their own into the VPC could carry prompts out with them",
    cure="bind the endpoint's policy by aws:PrincipalAccount, and by ARNs of this account or aws:ResourceAccount",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.md",
    prover=_prove,
    silent=(
        "Callers that sign nothing: an API's own policy and authorizer are about them.",
        "Endpoints that no template here makes, of a hub for example.",
    ),
)
