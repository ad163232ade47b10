"""What an organisation's documents close, against somebody with every right in IAM: the control policies as given.

The documents are those that the organisation attaches, service and resource control policies, as files.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from review.assembly import AssemblyError
from review.deployment import Deployment
from review.iam import Document, PolicyError, Principal, read
from review.iam.context import Values
from review.proof.ask import request, statements
from review.proof.attempts import Attempt, attempts
from review.proof.claim import Claim, Refuted, Witness
from review.proof.denied import FULL, askers, delegating, denials, exempt, left_open
from review.proof.outsiders import ANONYMOUS, about
from review.proof.search import Found, Question, find
from review.words import many

Json = Any
_SOURCE = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"


def load(folder: Path) -> list[Document]:
    """Read the control policies of a folder: `scp*.json` and `rcp*.json`.

    Raises
    ------
    AssemblyError
        If there are none, or one is no policy.
    """
    paths = [path for start in ("scp", "rcp") for path in sorted(folder.glob(f"{start}*.json"))]
    if not paths:
        raise AssemblyError(f"{folder} holds no control policies: scp*.json and rcp*.json are looked for")
    try:
        return [read(json.loads(path.read_text("utf-8")), path.name) for path in paths]
    except (OSError, ValueError, PolicyError) as wrong:
        raise AssemblyError(f"a control policy in {folder} cannot be read: {wrong}") from None


def account_of(documents: Sequence[Document]) -> str | None:
    """Return the account that documents are written for: the one that they name most."""
    found = Counter(re.findall(r":(\d{12}):", json.dumps([document.written for document in documents])))
    return found.most_common(1)[0][0] if found else None


def claims(documents: Sequence[Document]) -> list[Claim]:
    """Return the claims that documents are to hold."""
    scps = [document for document in documents if document.name.startswith("scp")]
    rcps = [document for document in documents if document.name.startswith("rcp")]
    excepted = sorted(exempt(denials(scps)))
    inside = Claim(
        id="perimeter-inside",
        says="Nobody of the account, whatever IAM allows, gets past the service control policies to another way to a "
        "model, to the functions and their roles, to the evidence, the keys or the network, but those whom the "
        "documents except by ARN.",
        why="whoever administers the account could otherwise take apart what the templates build",
        cure="attach every document that `make policies` writes, or add the action to the statement that is about it",
        source=_SOURCE,
        prover=lambda deployment: _inside(deployment, scps),
        assumes=(
            "The documents are attached to the account, next to FullAWSAccess, and it is not the management account.",
            f"Excepted by the documents: {', '.join(excepted) or 'nobody'}.",
            "A resource carries the tags and the aliases that its template gives it.",
        ),
        silent=("Service-linked roles, and what an excepted role does.", "The kinds of attempt that are not listed."),
    )
    outside = Claim(
        id="perimeter-outside",
        says="No principal of another account, and nobody without credentials, gets past the resource control policies "
        "to the keys, the buckets and the logs, whatever the resources' own policies come to say.",
        why="a policy of a resource that is changed by mistake opens it to everybody",
        cure="attach rcp.json, or add the resource to the statement that is about its service",
        source="https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
        prover=lambda deployment: _outside(deployment, rcps),
        assumes=("The documents are attached to the account, and it is not the management account.",),
        silent=("Services of AWS, which the documents let through.",),
    )
    return [*([inside] if scps else []), *([outside] if rcps else [])]


def _inside(deployment: Deployment, scps: Sequence[Document]) -> Refuted | str:
    tried = list(attempts(deployment))
    for who, pattern in askers(deployment, ("role", "user", "root")):
        for attempt in tried:
            refuted = _try(deployment, scps, attempt, pattern, who)
            if refuted is not None:
                return refuted
    return f"{many(len(tried), 'kind')} of attempt, by any role or user and by the root user"


def _try(
    deployment: Deployment, scps: Sequence[Document], attempt: Attempt, pattern: str, who: Principal
) -> Refuted | None:
    found = left_open(deployment, scps, attempt, who, pattern)
    if found is None:
        return None
    arn, asked = found
    case = {
        "request": request(arn, asked, deployment.account),
        "identityPolicies": [FULL],
        "resourcePolicy": delegating(deployment.account, asked.action),
        "serviceControlPolicies": [[FULL, *(document.written for document in scps)]],
    }
    if who.name.endswith(":root"):
        case.pop("resourcePolicy")
        case.pop("identityPolicies")
    says = f"{arn} can {attempt.what}: {asked.action} on {asked.resource}"
    return Refuted("the control policies", says, Witness(case, says))


def _outside(deployment: Deployment, rcps: Sequence[Document]) -> Refuted | str:
    partition = deployment.partition(next(deployment.assembly.resources()))
    stranger = Principal.parse(f"arn:{partition}:iam::{deployment.stranger}:role/somebody")
    looked = [a for a in attempts(deployment) if a.actions[0].split(":")[0] in ("kms", "s3", "logs")]
    # What aws:PrincipalAccount holds of a caller without credentials is not documented: nothing, or this word.
    askers: list[tuple[Principal, Values | None]] = [
        (stranger, (deployment.stranger,)),
        (ANONYMOUS, None),
        (ANONYMOUS, ("anonymous",)),
    ]
    for attempt in looked:
        for who, account in askers:
            found = find(
                Question(
                    who=who,
                    groups=[statements({"Action": list(attempt.actions), "Resource": attempt.resource})],
                    without=[s for document in rcps for s in about(document, "Deny", who)],
                    actions=sorted(attempt.actions),
                    partition=partition,
                    fixed={
                        "aws:principalisawsservice": ("false",),
                        "aws:principalaccount": account,
                        "aws:principalarn": (who.name,) if who.name else None,
                        **attempt.fixed,
                    },
                )
            )
            if found is not None:
                says = f"{who.name or 'anybody'} can {attempt.what}: {found.action} on {found.resource}"
                return Refuted("the control policies", says, _open(deployment, rcps, who, found, says))
    return (
        f"{many(len(looked), 'kind')} of attempt, by roles of another account and without credentials" if looked else ""
    )


def _open(deployment: Deployment, rcps: Sequence[Document], who: Principal, found: Found, says: str) -> Witness:
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    case = {
        "request": request(who.name or "anonymous", found, deployment.account),
        "identityPolicies": [FULL],
        "resourcePolicy": {"Version": "2012-10-17", "Statement": [everything]},
        "resourceControlPolicies": [document.written for document in rcps],
    }
    return Witness(case, says)
