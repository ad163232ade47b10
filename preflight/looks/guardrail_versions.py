"""How many versions the guardrail has: the twenty-first is refused."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.looks._base import Look, ok, stops, warning
from preflight.looks.stacks import outputs
from preflight.plan import Plan
from review.finding import Finding
from review.words import many

_SOURCE = "https://docs.aws.amazon.com/general/latest/gr/bedrock.html"
_MOST, _MANY = 20, 15


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    stack = outputs(account, plan.stack("Guardrails"))
    identifier = stack.get("GuardrailId")
    if identifier is None:
        yield ok("guardrail-versions", f"versions of {plan.guardrail}", "it is not made yet")
        return
    listed = account.all("bedrock", "ListGuardrails", "guardrails", guardrailIdentifier=identifier)
    versions = sorted(int(each["version"]) for each in listed if each["version"].isdigit())
    where = f"{plan.guardrail} ({identifier})"
    found = f"{many(len(versions), 'version')} of {_MOST}"
    if len(versions) < _MANY:
        yield ok("guardrail-versions", where, found)
        return
    command = f"make versions{f' SETTINGS={plan.folder}' if plan.folder else ''}"
    cure = f"{command} says which versions nobody names any more; {command} APPLY=1 deletes them"
    why = "Each change of the guardrail's rules makes a version, and the old ones are kept for functions that use them."
    if len(versions) < _MOST:
        yield warning("guardrail-versions", where, found, why=why, cure=cure, source=_SOURCE)
    else:
        yield stops(
            "guardrail-versions",
            where,
            f"{found}: a change of the guardrail's rules would be the next",
            why=f"{why} Bedrock refuses one more than {_MOST}, and the stack rolls back.",
            cure=cure,
            source=_SOURCE,
        )


LOOK = Look(
    "guardrail-versions",
    "Versions of the guardrail",
    "Bedrock refuses the twenty-first version.",
    _SOURCE,
    _ask,
)
