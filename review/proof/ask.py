"""The questions that claims put, and the requests that answer them, as cases that anybody can decide again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from review.deployment import Deployment
from review.iam import Document, Principal, Request, Statement, read
from review.iam.context import Values
from review.iam.principal import Kind
from review.identities import Identity
from review.proof.claim import Witness
from review.proof.search import Found, Question, find

Json = Any


def statements(*written: Json, effect: str = "Allow") -> list[Statement]:
    """Return statements of a question: what is permitted, or what is asked for, in the words of a policy.

    Example
    -------
    >>> statements({"Action": "bedrock:ApplyGuardrail"})[0].resource.values
    ('*',)
    """
    whole = [{"Effect": effect, "Resource": "*", **statement} for statement in written]
    return list(read({"Version": "2012-10-17", "Statement": whole}, "the claim").statements)


def derived(who: Principal) -> dict[str, Values | None]:
    """Return the condition keys that follow from who asks: their values, or None of one that is not there.

    Who signs nothing has no ARN; what `aws:PrincipalAccount` holds then is not documented.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    found: dict[str, Values | None] = dict(Request(who, "sts:GetCallerIdentity", "*").context.derived)
    return {**found, "aws:principalarn": None} if who.kind is Kind.ANONYMOUS else found


def allowed(
    deployment: Deployment,
    identity: Identity,
    actions: Iterable[str],
    *,
    beyond: Sequence[Statement] = (),
    like: Sequence[Statement] = (),
    fixed: Mapping[str, Values | None] | None = None,
) -> Found | None:
    """Return a request that an identity's own policies allow.

    Parameters
    ----------
    deployment, identity
        Whose policies.
    actions
        What is asked for.
    beyond
        What is permitted: a request that meets one of these is no answer.
    like
        What the request meets, if there are any.
    fixed
        Condition keys that it carries.
    """
    return find(
        Question(
            who=identity.principal,
            groups=[*identity.groups, *([like] if like else [])],
            without=[*identity.denials, *beyond],
            actions=actions,
            partition=deployment.partition(identity.resource),
            fixed={**derived(identity.principal), **(fixed or {})},
        )
    )


def witness(deployment: Deployment, identity: Identity, found: Found) -> Witness:
    """Return an identity's request as a witness. What it asks for is taken to give the permission on to the account."""
    case = {
        "request": request(identity.arn.replace(":group/", ":user/"), found, deployment.account),
        "identityPolicies": _written(identity.policies),
        "permissionBoundaryPolicies": _written([identity.boundary] if identity.boundary else []),
        "resourcePolicy": _delegating(found, deployment.partition(identity.resource), deployment.account),
    }
    return Witness(case, f"{identity.resource.place} may {found.action} on {found.resource}{described(found)}")


def request(principal: str, found: Found, account: str) -> Json:
    """Return what was found as the request of a case."""
    keys = derived(Principal.parse(principal))
    context = {key: _scalar(values) for key, values in found.context.items() if key.lower() not in keys}
    return {
        "principal": principal,
        "action": found.action,
        "resource": {"resource": found.resource, "accountId": account},
        "context": context,
    }


def described(found: Found) -> str:
    """Return the condition keys of what was found, in words.

    Example
    -------
    >>> described(Found("s3:GetObject", "*", {"aws:SourceVpce": ("vpce-1",)}, ()))
    ' with aws:SourceVpce vpce-1'
    """
    shown = [(k, v) for k, v in found.context.items() if not k.lower().startswith("aws:principal")]
    return f" with {', '.join(f'{key} {_words(values)}' for key, values in shown)}" if shown else ""


def _words(values: Values) -> str:
    return " and ".join(values)


def _scalar(values: Values) -> Json:
    return values[0] if len(values) == 1 else list(values)


def _written(documents: Iterable[Document]) -> list[Json]:
    return [{"name": document.name, "policy": document.written} for document in documents]


def _delegating(found: Found, partition: str, account: str) -> Json:
    statement: dict[str, Json] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": found.action,
    }
    if not found.action.startswith("sts:AssumeRole"):
        statement["Resource"] = "*"
    return {"Version": "2012-10-17", "Statement": [statement]}
