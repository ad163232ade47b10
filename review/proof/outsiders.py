"""Who asks from outside of an account's own policies: strangers, nobody in particular, services of AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from review.iam import Document, Principal, Statement
from review.iam.context import Values
from review.iam.principal import Reach, named
from review.iam.truth import Doubt
from review.proof.ask import derived
from review.proof.search import Found, Question, find
from review.proof.values import RefusedError

ANONYMOUS = Principal.parse("anonymous")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def others(document: Document, own: str, stranger: str) -> list[str]:
    """Return the accounts that a policy is tried with: one that it does not name, and each that it does, but the own.

    Parameters
    ----------
    document
        The policy.
    own, stranger
        The account that it is of, and one that no template writes.
    """
    return sorted({stranger, *_ACCOUNT.findall(json.dumps(document.written))} - {own})


def about(document: Document, effect: str, who: Principal, reach: Reach = Reach.ACCOUNT) -> list[Statement]:
    """Return the statements of a resource's policy that are about somebody.

    Raises
    ------
    RefusedError
        If whom one is about cannot be said.
    """
    found: list[Statement] = []
    for statement in document.statements:
        if statement.effect != effect:
            continue
        if statement.principals is None or (statement.principals.negated and effect == "Deny"):
            raise RefusedError(f"{statement.place} names no principals, or excepts some from a Deny")
        truth = named(statement.principals, who, reach)
        if isinstance(truth, Doubt):
            raise RefusedError(f"{statement.place}: {truth.reason}")
        if truth:
            found.append(statement)
    return found


def admitted(
    document: Document,
    who: Principal,
    actions: Iterable[str],
    *,
    like: Sequence[Statement] = (),
    beyond: Sequence[Statement] = (),
    fixed: Mapping[str, Values | None] | None = None,
    free: Iterable[str] = (),
    account: str | None = None,
    partition: str = "aws",
) -> Found | None:
    """Return a request that a resource's policy lets somebody make.

    Parameters
    ----------
    document, who
        The policy, and who asks.
    actions
        What is asked for.
    like, beyond
        What the request meets, and what it does not.
    fixed, free
        Condition keys that it carries, and keys that do not follow from `who` here but hold anything.
    account, partition
        Of the resource.
    """
    keys = {key: values for key, values in derived(who).items() if key not in set(free)}
    return find(
        Question(
            who=who,
            groups=[about(document, "Allow", who), *([like] if like else [])],
            without=[*about(document, "Deny", who), *beyond],
            actions=actions,
            partition=partition,
            account=account,
            fixed={**keys, **(fixed or {})},
        )
    )
