"""Whether documents that deny leave somebody with every right in IAM a way to what they are to close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from review.deployment import Deployment
from review.iam import Document, Principal, Statement
from review.iam.pattern import Pattern, includes
from review.proof.ask import statements
from review.proof.attempts import Attempt
from review.proof.search import Found, Question, concerns, find
from review.proof.values import RefusedError

Json = Any
ARN = "aws:PrincipalArn"
#: Allows everything: what is left to stop a request is the documents.
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def askers(deployment: Deployment, kinds: Sequence[str] = ("role", "user")) -> Iterator[tuple[Principal, str]]:
    """A principal of each kind, of any name, with the pattern of its ARN."""
    partition = deployment.partition(next(deployment.assembly.resources()))
    start = f"arn:{partition}:iam::{deployment.account}:"
    for kind in kinds:
        name = kind if kind == "root" else f"{kind}/?*"
        yield Principal.parse(f"{start}{name.replace('?*', 'somebody')}"), f"{start}{name}"


def denials(documents: Sequence[Document]) -> list[Statement]:
    """The statements that deny."""
    return [statement for document in documents for statement in document.statements if statement.effect == "Deny"]


def exempt(found: Sequence[Statement]) -> set[str]:
    """Whom statements except, by ARN."""
    return {
        value
        for statement in found
        for test in statement.condition
        if test.key.lower() == ARN.lower() and test.operator in ("ArnNotLike", "ArnNotEquals", "StringNotLike")
        for value in test.values
    }


def left_open(
    deployment: Deployment, documents: Sequence[Document], attempt: Attempt, who: Principal, pattern: str
) -> tuple[str, Found] | None:
    """Return who can make an attempt, and the request; None if the documents close it for all but whom they except.

    Raises
    ------
    RefusedError
        If they except everybody.
    """
    # Excepted is whom the statements about these very actions except.
    about = [s for s in denials(documents) if concerns(s, attempt.actions)]
    excepted = sorted(exempt(about))
    for value in excepted:
        if includes([Pattern.of(value)], [Pattern.of(pattern)]):
            raise RefusedError(f"the documents except everybody like {value}: nothing is left to prove")
    lines: Json = {"ArnLike": {ARN: pattern}}
    if excepted:
        lines["ArnNotLike"] = {ARN: excepted}
    found = find(
        Question(
            who=who,
            groups=[statements({"Action": list(attempt.actions), "Resource": attempt.resource, "Condition": lines})],
            without=denials(documents),
            actions=sorted(attempt.actions),
            partition=pattern.split(":")[1],
            fixed={
                "aws:principalaccount": (deployment.account,),
                "aws:principalisawsservice": ("false",),
                **attempt.fixed,
            },
        )
    )
    if found is None:
        return None
    return next(values[0] for key, values in found.context.items() if key.lower() == ARN.lower()), found


def delegating(account: str, action: str) -> Json:
    """A resource's policy that leaves an action to an account's own policies."""
    statement: Json = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": action}
    if "AssumeRole" not in action:
        statement["Resource"] = "*"
    return {"Version": "2012-10-17", "Statement": [statement]}
