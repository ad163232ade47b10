"""Nobody calls a model but roles of functions, by one action, the guardrail by one, and reads retention by two."""

from __future__ import annotations

from review.deployment import Deployment
from review.iam import service
from review.proof.ask import allowed, statements, witness
from review.proof.claim import MOST, Claim, Refuted
from review.proof.inference import GUARDRAIL, INFERENCE
from review.words import many

#: Services that run a model, or keep what was said to one.
SERVICES = ("bedrock", "bedrock-mantle", "bedrock-agentcore", "sagemaker", "sagemaker-mlflow", "qbusiness", "q")
#: What says which data retention is in force: neither runs a model nor tells what was said to one.
READS = ("bedrock-mantle:GetModel", "bedrock-mantle:GetProject")


def model_actions() -> list[str]:
    """Return every action of the services that run a model."""
    return [name for prefix in SERVICES for name in service.actions_of(prefix)]


def _prove(deployment: Deployment) -> list[Refuted] | str:
    few = statements({"Action": [INFERENCE, GUARDRAIL, *READS]})
    identities = deployment.identities.all
    actions = model_actions()
    wrong: list[Refuted] = []
    for identity in identities:
        beyond = few if identity.services == ["lambda.amazonaws.com"] else []
        found = allowed(deployment, identity, actions, beyond=beyond)
        if found is not None:
            shown = witness(deployment, identity, found)
            wrong.append(Refuted(identity.resource.place, f"{shown.says}", shown))
            if len(wrong) == MOST:
                break
    if wrong:
        return wrong
    if not identities:
        return ""
    return f"{many(len(identities), 'principal')}, {many(len(actions), 'action')} of {many(len(SERVICES), 'service')}"


CLAIM = Claim(
    id="model-calls",
    says="No principal of the templates can call any action of a service that runs models, but roles of functions "
    f"{INFERENCE} and {GUARDRAIL}, and {' and '.join(READS)}, which read a Project's data retention.",
    why="every other action is a way to a model, or to what was said to one, that no guardrail sees",
    cure="take the action out of the statement that the witness names, or add a Deny for it",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-mantle.html",
    prover=_prove,
    silent=(
        "Principals that no template makes, such as administrators: the organisation's policies are about them.",
        "Whether a function applies the guardrail: that is its code, not its policy.",
    ),
)
