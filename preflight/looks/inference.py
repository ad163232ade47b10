"""Whether each model answers: one request for a handful of tokens, stored nowhere, in the account's default Project."""

from __future__ import annotations

from collections.abc import Iterator

from preflight.account import Account
from preflight.answers import NotAnsweredError
from preflight.looks._base import Look, attempt, ok, stops, warning
from preflight.plan import Plan
from review.finding import Finding

_SOURCE = "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html"
# The least that the Responses API takes
# (https://platform.openai.com/docs/api-reference/responses/create#responses_create-max_output_tokens).
_TOKENS = 16


def _ask(account: Account, plan: Plan) -> Iterator[Finding]:
    for model in plan.models:
        yield from attempt(LOOK, model, _answer(account, plan, model))


def _answer(account: Account, plan: Plan, model: str) -> Iterator[Finding]:
    path = plan.settings.catalogue.models[model].path
    body = {"model": model, "input": "Answer with one word.", "max_output_tokens": _TOKENS, "store": False}
    reply = account.mantle("CreateInference", "POST", f"{path}/responses", body)
    said = reply.said or "no reason given"
    if reply.status == 200:
        yield ok("model-answers", model, "it answered a request of these credentials")
    elif reply.status in (429, 503, 529):
        yield warning(
            "model-answers",
            model,
            f"it is out of capacity now (HTTP {reply.status}: {said})",
            why="Teams would meet the same; the proxy retries, then answers 503.",
            cure="try again later; a fallback in the team's file names another model or tier",
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/scaling-throughput-best-practices.html",
        )
    elif reply.status == 403:
        raise NotAnsweredError("bedrock-mantle:CreateInference", "HTTP 403", is_refused=True)
    elif reply.status in (400, 401) or reply.is_absent:
        yield stops(
            "model-answers",
            model,
            f"it refused a request (HTTP {reply.status}: {said})",
            why="The same request of a team would be refused too: access, path and Region decide alike for all.",
            cure=f"check that {plan.region} offers it under {path}, that the account may use it, and 'signing_name'"
            f" in {plan.deployment_file}",
            source="https://docs.aws.amazon.com/bedrock/latest/userguide/models-endpoint-availability.html",
        )
    else:
        raise NotAnsweredError("bedrock-mantle:CreateInference", f"HTTP {reply.status}")


LOOK = Look(
    "model-answers",
    "One token of each model",
    "That a model is listed does not say that this account may use it.",
    _SOURCE,
    _ask,
)
