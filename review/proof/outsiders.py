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


def strangers(document: Document, own: str, stranger: str, partition: str) -> list[Principal]:
    """Return principals of other accounts: one of an account that no template writes, and of each that a policy names.

    Parameters
    ----------
    document
        The policy. Whom its permissions name, in their principals or their conditions, is among those returned.
    own, stranger
        The account that it is deployed to, and one that no template writes.
    partition
        Of the policy's resource.
    """
    named: set[str] = set()
    for statement in document.statements:
        if statement.effect == "Allow":
            if statement.principals:
                named.update(statement.principals.kinds.get("AWS", ()))
            named.update(v for test in statement.condition if test.key.lower() in _WHO for v in test.values)
    # A pattern stands for some name: any letter will do in place of a wildcard, and twelve digits for an account.
    known = [Principal.parse(_any(name)) for name in sorted(named - {"*"}) if _any(name)]
    accounts = others(document, own, stranger)
    return [
        *(Principal.parse(f"arn:{partition}:iam::{account}:role/stranger") for account in accounts),
        *(who for who in known if who.account not in (own, None)),
    ]


#: Condition keys whose values say who asks.
_WHO = ("aws:principalarn", "aws:principalaccount")


def _any(name: str) -> str:
    """A name that a pattern stands for; empty where its account may be any, for which a stranger stands."""
    account = name.split(":")[4] if name.count(":") > 4 else name
    return name.replace("*", "x").replace("?", "x") if account.isdigit() else ""


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
