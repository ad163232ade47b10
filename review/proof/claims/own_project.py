"""Each role that infers does so in Projects of its own stack, with models that are named, and shares none."""

from __future__ import annotations

from collections import defaultdict

from review.deployment import Deployment
from review.iam.pattern import Pattern
from review.identities import Identity
from review.proof.ask import allowed, statements, witness
from review.proof.claim import Claim, Refuted
from review.proof.inference import INFERENCE
from review.words import many

_MODEL = "bedrock-mantle:Model"
_UNNAMED = "a-model-that-no-template-names"


def _prove(deployment: Deployment) -> Refuted | str:
    made = {
        deployment.resolver.arn(project): project.stack
        for project in deployment.assembly.of_type("AWS::BedrockMantle::Project")
    }
    by_project: dict[str, list[Identity]] = defaultdict(list)
    inferring = [i for i in deployment.identities.all if allowed(deployment, i, [INFERENCE]) is not None]
    for identity in inferring:
        own = [name for name in _named(identity) if made.get(name, identity.resource.stack) == identity.resource.stack]
        permitted = statements({"Action": INFERENCE, "Resource": own}) if own else []
        found = allowed(deployment, identity, [INFERENCE], beyond=permitted)
        why = "which is no Project that is its own"
        if found is None:
            found = allowed(deployment, identity, [INFERENCE], fixed={_MODEL.lower(): (_UNNAMED,)})
            why = "with a model that no template names"
        if found is None:
            absent = statements({"Action": INFERENCE, "Condition": {"Null": {_MODEL: "true"}}})
            found = allowed(deployment, identity, [INFERENCE], like=absent)
            why = "without naming a model"
        if found is not None:
            shown = witness(deployment, identity, found)
            return Refuted(identity.resource.place, f"{shown.says}, {why}", shown)
        for name in own:
            by_project[name].append(identity)
    for name, identities in by_project.items():
        if len({identity.resource.stack for identity in identities}) > 1:
            places = " and ".join(identity.resource.place for identity in identities)
            return Refuted(identities[0].resource.place, f"{places} infer in one Project, {name}")
    return (
        f"{many(len(inferring), 'role infers', 'roles infer')}, in {many(len(by_project), 'Project')}"
        if inferring
        else ""
    )


def _named(identity: Identity) -> list[str]:
    """The Projects that an identity's policies name, without a wildcard."""
    listed = {value for s in identity.groups[0] if s.resource and not s.resource.negated for value in s.resource.values}
    return sorted(value for value in listed if ":project/" in value and Pattern.of(value).literal is not None)


CLAIM = Claim(
    id="own-project",
    says="Each role that infers reaches Projects of its own stack alone, by exact ARN, with models that are named; the "
    "sets of the stacks' roles are pairwise disjoint.",
    why="a team that reaches another's Project spends its money and reads what it keeps",
    cure="name the team's own Project by Fn::GetAtt in the statement's Resource, and the models in its Condition",
    source="https://docs.aws.amazon.com/service-authorization/latest/reference/list_bedrock-mantle.html",
    prover=_prove,
    assumes=("A Project that a policy names by a literal ARN, and no template makes, belongs to that stack alone.",),
    silent=("Who may change the Project: another claim is about that.",),
)
