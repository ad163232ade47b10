"""Whoever carries the templates' denials has no way round the proxies, whatever else IAM allows."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.iam import Document
from review.identities import document
from review.proof.ask import allowed, request
from review.proof.attempts import bypasses
from review.proof.claim import Claim, Refuted, Witness
from review.proof.denied import FULL, askers, delegating, left_open
from review.proof.inference import INFERENCE
from review.words import many


def _prove(deployment: Deployment) -> Refuted | str:
    carried = _denials(deployment)
    if not carried:
        inferring = [i for i in deployment.identities.all if allowed(deployment, i, [INFERENCE]) is not None]
        if not inferring:
            return ""
        return Refuted(inferring[0].resource.place, "no managed policy keeps other roles off the models")
    documents, tried = [read for _, read in carried], list(bypasses(deployment))
    for who, pattern in askers(deployment):
        for attempt in tried:
            found = left_open(deployment, documents, attempt, who, pattern)
            if found is not None:
                arn, asked = found
                case = {
                    "request": request(arn, asked, deployment.account),
                    "identityPolicies": [FULL, *(d.written for d in documents)],
                    "resourcePolicy": delegating(deployment.account, asked.action),
                }
                says = f"{arn}, which carries it, can {attempt.what}: {asked.action} on {asked.resource}"
                return Refuted(carried[0][0].place, says, Witness(case, says))
    policies = many(len(carried), "policy", "policies")
    return f"{many(len(tried), 'kind')} of attempt, by any role or user that carries {policies}"


def _denials(deployment: Deployment) -> list[tuple[Resource, Document]]:
    """The managed policies that do nothing but deny."""
    found = [
        (policy, document(deployment.resolver.of(policy, "PolicyDocument"), policy.place))
        for policy in deployment.assembly.of_type("AWS::IAM::ManagedPolicy")
    ]
    return [(p, read) for p, read in found if read.statements and all(s.effect == "Deny" for s in read.statements)]


CLAIM = Claim(
    id="ways-round-denied",
    says="No role or user that carries the templates' managed denials, whatever IAM allows it, infers, reaches a model "
    "another way, uses or makes a bearer token, takes on or changes a function's role, or changes or invokes a "
    "function, but those whom the denials except by ARN.",
    why="developers who administer the account could otherwise call a model without guardrail and record",
    cure="put the action back into the statement of the denial that is about it",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    prover=_prove,
    assumes=("The roles and users that it is about carry every one of the policies.",),
    silent=("Roles that do not carry them: a service control policy binds those.",),
)
