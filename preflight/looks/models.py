"""Whether each model of a team is there, and which data retention modes it allows."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html"
_OFFERED = "https://docs.aws.amazon.com/bedrock/latest/userguide/models-endpoint-availability.html"
_REFUSED = frozenset({401, 403})


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    for model in plan.models:
        yield from attempt(LOOK, model, _model(account, plan, model))


def _model(account: Account, plan: Plan, model: str) -> Iterator[Finding]:
    reply = account.mantle("GetModel", "GET", f"/v1/models/{model}")
    users = ", ".join(team.name for team in plan.teams if model in team.models)
    if reply.is_absent:
        yield stops(
            "model-offered",
            model,
            f"bedrock-mantle does not know it in {plan.region}",
            why=f"Every request of {users} for it would be answered with 404.",
            cure=f"take it out of 'models' of {users}, or set 'region' in {plan.deployment_file} to one that has it",
            source=_OFFERED,
        )
        return
    if reply.status != 200:
        raise NotAnsweredError("bedrock-mantle:GetModel", f"HTTP {reply.status}", is_refused=reply.status in _REFUSED)
    status = reply.text("status")
    if status is None:
        raise NotAnsweredError("bedrock-mantle:GetModel", "an answer without 'status'")
    if status.upper() == "ACTIVE":
        yield ok("model-offered", model, f"its status is {status}")
    else:
        yield warning(
            "model-offered",
            model,
            f"its status is {status}",
            why=f"A model that is not active goes away, and requests of {users} for it fail then.",
            cure=f"read its end of life on its model card, and give {users} another model",
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html",
        )
    yield from _modes(plan, model, reply.texts("data_retention", "allowed_modes"))


def _modes(plan: Plan, model: str, modes: list[str] | None) -> Iterator[Finding]:
    if modes is None:
        raise NotAnsweredError("bedrock-mantle:GetModel", "an answer without 'data_retention.allowed_modes'")
    if "none" in modes:
        yield ok("model-retention", model, f"it allows the retention modes {', '.join(modes)}")
        return
    found = f"it allows the retention modes {', '.join(modes) or '(none is listed)'}, and not 'none'"
    why = "A mode that a model does not allow makes the model unavailable; without 'none' AWS may keep what is said."
    if getattr(plan.settings.deployment, "retention", "reported") == "required":
        yield stops(
            "model-retention",
            model,
            found,
            why=why,
            cure=f"take it out of the teams' models, or set 'retention: reported' in {plan.deployment_file}",
            source=_SOURCE,
        )
    else:
        yield warning(
            "model-retention",
            model,
            found,
            why=why,
            cure="take it out of the teams' models, or accept what its terms keep; `make retention` leaves it alone",
            source=_SOURCE,
        )


LOOK = Look(
    "model-offered",
    "Models and their retention modes",
    "A model that the Region does not have, or that allows no zero retention, fails after the deployment.",
    _SOURCE,
    _ask,
)
