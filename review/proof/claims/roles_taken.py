"""Who takes on each role: one service, or principals of this account that its trust names; no stranger."""

from __future__ import annotations

import re

from review.deployment import Deployment
from review.iam import Document, Principal
from review.identities import Identity
from review.proof.ask import request, statements
from review.proof.claim import Claim, Refuted, Witness
from review.proof.outsiders import ANONYMOUS, admitted, strangers
from review.proof.search import actions_matching
from review.words import many

#: A role by its whole name; or those of a permission set, whose path and last digits AWS makes up.
_NAMED = re.compile(
    r"arn:[a-z-]+:iam::[^:*?]+:role/([^*?]+|aws-reserved/sso\.amazonaws\.com/\*AWSReservedSSO_[^*?]+_\?{16})"
)
_ASSUMES = {"Action": "sts:AssumeRole"}


def _prove(deployment: Deployment) -> Refuted | str:
    roles = list(deployment.identities.roles.values())
    for role in roles:
        refuted = _taken(deployment, role, role.trust) if role.trust is not None else _nobody(role)
        if refuted is not None:
            return refuted
    return many(len(roles), "role") if roles else ""


def _nobody(role: Identity) -> Refuted:
    return Refuted(role.resource.place, "its trust is in no template: who takes it on is not seen")


def _taken(deployment: Deployment, role: Identity, trust: Document) -> Refuted | None:
    place, partition = role.resource.place, deployment.partition(role.resource)
    actions = actions_matching(s for s in trust.statements if s.effect == "Allow")
    for who in (*strangers(trust, deployment.account, deployment.stranger, partition), ANONYMOUS):
        found = admitted(trust, who, actions, partition=partition)
        if found is not None:
            name = who.name or "anybody without credentials"
            says = f"{name} may {found.action}, if its own account allows it"
            asked = request(who.name or "anonymous", found, deployment.account)
            asked["resource"]["resource"] = role.arn
            everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            case = {
                "request": asked,
                "identityPolicies": [{"Version": "2012-10-17", "Statement": [everything]}],
                "resourcePolicy": trust.written,
            }
            return Refuted(place, f"{name} may take it on", Witness(case, says))
    services = sorted(set(role.services))
    if len(services) > 1:
        return Refuted(place, f"{' and '.join(services)} take it on: each service needs a role of its own")
    for name in services:
        found = admitted(trust, Principal.parse(name), actions, beyond=statements(_ASSUMES), partition=partition)
        if found is not None:
            return Refuted(place, f"it lets {name} {found.action}: sts:AssumeRole is what a service needs")
    return _unnamed(place, trust)


def _unnamed(place: str, trust: Document) -> Refuted | None:
    for statement in trust.statements:
        named = statement.principals.kinds.get("AWS", ()) if statement.principals else ()
        everybody = [name for name in named if name == "*" or name.endswith(":root") or name.isdigit()]
        bound = any(
            t.key.lower() == "aws:principalarn" and "Not" not in t.operator and all(map(_NAMED.fullmatch, t.values))
            for t in statement.condition
        )
        if statement.effect == "Allow" and everybody and not bound:
            return Refuted(place, f"whoever IAM lets may take it on: {statement.place} names {everybody[0]}")
    return None


CLAIM = Claim(
    id="roles-are-taken-by-named",
    says="Every role is taken on by one service of AWS, by sts:AssumeRole alone, or by principals of this account that "
    "its trust names; by nobody of another account, and by nobody without credentials.",
    why="whoever takes on a role has its rights, and no policy of the role's says who that is",
    cure="name the service, or the principals' ARNs, in the role's trust",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html",
    prover=_prove,
    silent=("Whom a service takes a role on for: the rule services-are-bound-to-a-source is about that.",),
)
