"""The record of a request, field by field, and the forms that other lines share with it (see `audit.lines`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audit.kinds import Count, Each, Field, Flag, Metrics, Nested, Number, Numbers, Text, Word

__all__ = [
    "ARN",
    "BEGAN",
    "CODE",
    "COUNTED",
    "DEPLOYMENT",
    "HASH",
    "ID",
    "INFERENCE",
    "MODEL",
    "NAME",
    "PATH",
    "PRINCIPAL",
    "TEAM",
    "TIME",
]


CODE = Text("[a-z0-9_]{1,64}", "a code")
NAME = Text("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", "a name")
ID = Text("(?:[A-Za-z0-9_.:=-]|%[0-9A-F]{2}){0,128}", "an id")
HASH = Text("[0-9a-f]{64}", "64 hexadecimal digits")
TIME = Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", "UTC, to the millisecond")
ARN = Text("(?:[A-Za-z0-9_.@+:/=,-]|%[0-9A-F]{2}){0,2048}", "an ARN, any other letter percent-encoded")
_SESSION = Text("(?:[A-Za-z0-9_.@+-]|%[0-9A-F]{2}){0,256}", "a name, any other letter percent-encoded")
_POLICY = Text("[a-z_]{1,32}(?::[A-Z0-9_]{1,64})?", "a policy, and the name of AWS's for the filter in it")
PATH = Text(r"[A-Za-z0-9_.$/\[\]-]{0,256}", "letters, digits and `_.$/[]-`")

DEPLOYMENT = Field(NAME, "Name of the deployment.")
TEAM = Field(NAME, "Name of the team.")
PRINCIPAL = Field(ARN, "ARN of the caller, as API Gateway or AWS STS has told it.", null=True)
_CALLER = Field(_SESSION, "Last part of it: the name of the session or of the user.", null=True)
_ROUTE = Field(
    Word(("chat.completions", "responses", "models.list", "models.get", "health", "unknown")), "What was called."
)
_TIER = Word(("default", "priority", "flex"))
MODEL = Text(r"[a-z0-9][a-z0-9._:-]{0,127}", "a model's id")
_PARAMETER = Text("[a-z][a-z_]{0,47}", "the name of a parameter that the rules for fields have")
_SIDE = Word(("skipped", "none", "masked", "blocked", "error"))
COUNTED = Field(Count(), "1, for the metric of this name.", optional=True)


def _sides(kind: Numbers | Each) -> Nested:
    return Nested({"input": Field(kind, "In the request."), "output": Field(kind, "In the answer.")})


INFERENCE: Mapping[str, Field] = MappingProxyType(
    {
        "code": Field(HASH, "SHA-256 of the function's sources.", null=True),
        "time": Field(TIME, "When the request came."),
        "request_id": Field(
            ID,
            "API Gateway's id of the request, which its access log and the answer have too; a client may choose it, as "
            "a UUID.",
            null=True,
        ),
        "extended_request_id": Field(
            ID,
            "API Gateway's other id of the request, which its access log has too and no client chooses.",
            null=True,
            optional=True,
        ),
        "deployment": DEPLOYMENT,
        "team": TEAM,
        "principal": PRINCIPAL,
        "session": _CALLER,
        "source": Field(
            Nested(
                {
                    "endpoint": Field(
                        Text("vpce-[0-9a-f]{1,17}", "an endpoint's id"),
                        "Interface endpoint that it came by.",
                        null=True,
                    ),
                    "address": Field(
                        Text("[0-9A-Fa-f.:]{2,45}", "an address"), "Address that it came from.", null=True
                    ),
                }
            ),
            "Where the request came from, as API Gateway has told it.",
        ),
        "access": Field(Word(("iam", "token")), "How callers prove who they are."),
        "route": _ROUTE,
        "model": Field(MODEL, "The model that answered, or was asked for: `unknown` if none was known."),
        "tier": Field(_TIER, "Service tier that was asked for.", null=True),
        "tier_served": Field(_TIER, "Service tier that served, as the service says.", null=True),
        "fallback_from": Field(
            Nested(
                {
                    "model": Field(MODEL, "The model that had no capacity."),
                    "tier": Field(_TIER, "And its tier."),
                }
            ),
            "What was asked for, where another model or tier answered.",
            null=True,
        ),
        "stream": Field(Flag(), "Whether the answer was streamed."),
        "request": Field(
            Nested(
                {
                    "asked": Field(Each(_PARAMETER), "Parameters that the request had: their names."),
                    "changed": Field(Each(_PARAMETER), "Those that went to the model otherwise than asked."),
                    "dropped": Field(Each(_PARAMETER), "Those that the service would not take, and were left out."),
                    "unknown": Field(Count(), "How many unknown fields of history and tools were left out."),
                }
            ),
            "What the client asked for, and what was changed or left out: names, never values.",
        ),
        "digest": Field(
            Nested(
                {
                    "hmac": Field(HASH, "HMAC-SHA-256 of the request, by the execution environment's key.", null=True),
                    "nonce": Field(HASH, "What KMS makes that key of; random.", null=True),
                    "missing": Field(
                        CODE,
                        "Why there is none: `off` by the settings, `no_body` that could be read, `unasked` yet for the "
                        "key, or `kms_` and what kept KMS from giving it.",
                        null=True,
                    ),
                }
            ),
            "What confirms the request to an auditor who knows it: see `docs/confirm.md`.",
            optional=True,
        ),
        "status": Field(Count(), "HTTP status of the answer; 499: the caller had gone."),
        "error": Field(CODE, "Code of the error.", null=True),
        "cause": Field(Word(("caller", "limit", "guardrail", "upstream", "proxy")), "Whose the error is.", null=True),
        "guardrail": Field(
            Nested(
                {
                    "id": Field(NAME, "Id of the guardrail."),
                    "version": Field(Text("[0-9]{1,8}", "a version"), "Its version."),
                    "input": Field(_SIDE, "What it did to the request."),
                    "output": Field(_SIDE, "What it did to the answer."),
                    "calls": Field(Count(), "How often it was asked."),
                    "throttled": Field(Count(), "How often the account's quota refused that."),
                    "ms": Field(Number(), "Milliseconds that asking took, in all."),
                    "text_units": Field(Count(), "Text units that it counted."),
                    "skipped": Field(Count(), "Texts and images that had been cleared before."),
                    "masked": Field(_sides(Numbers("[A-Z0-9_]{1,64}")), "What it masked: how often, by kind."),
                    "acted": Field(_sides(Each(_POLICY)), "Which of its policies acted, such as `content:VIOLENCE`."),
                }
            ),
            "What the guardrail did. What it matched is in its own trace alone.",
        ),
        "retention": Field(
            Word(("none", "default", "aws_review", "provider_data_share", "unknown", "unread")),
            "Data retention mode of the team's Project, as the service says.",
        ),
        "images": Field(
            Nested(
                {
                    "fetched": Field(Count(), "How many objects of S3."),
                    "ms": Field(Number(), "Milliseconds that it took."),
                }
            ),
            "Images that were fetched.",
        ),
        "upstream": Field(
            Nested(
                {
                    "status": Field(Count(), "HTTP status of the model endpoint.", null=True),
                    "attempts": Field(Count(), "How often it was called."),
                    "ms": Field(Number(), "Milliseconds until its answer began.", null=True),
                    "request_id": Field(ID, "Its id of the request, which CloudTrail's data event has too.", null=True),
                }
            ),
            "The call to the model endpoint.",
        ),
        "input_tokens": Field(Count(), "Tokens of the request.", null=True),
        "output_tokens": Field(Count(), "Tokens of the answer.", null=True),
        "reasoning_tokens": Field(Count(), "Tokens of it that were reasoning.", null=True),
        "usage": Field(Word(("counted", "estimated")), "Whether the service counted the tokens.", null=True),
        "usd": Field(
            Nested(
                {
                    "model": Field(Number(), "Of the model.", null=True),
                    "guardrail": Field(Number(), "Of guarding.", null=True),
                }
            ),
            "What the request cost, in USD; null where a price is not known.",
        ),
        "budget": Field(
            Nested(
                {
                    "month": Field(Text("[0-9]{4}-[0-9]{2}", "a month"), "The month (UTC) that it counts for."),
                    "left": Field(Number(), "USD that the team had left beside this request.", null=True),
                }
            ),
            "The team's budget when the request was reserved; null without one.",
            null=True,
            optional=True,
        ),
        "reasoning_dropped": Field(Count(), "Pieces of earlier reasoning that were left out of the history."),
        "stages": Field(
            Nested(
                {
                    "checked": Field(Number(), "Read and checked.", null=True),
                    "fetched": Field(Number(), "Its images fetched.", null=True),
                    "cleared": Field(Number(), "Cleared by the guardrail.", null=True),
                    "answered": Field(Number(), "The model has begun to answer.", null=True),
                    "first": Field(Number(), "The first of the answer is released.", null=True),
                }
            ),
            "Milliseconds from the request's coming until it was …; null: not reached.",
        ),
        "ttft_ms": Field(Number(), "Milliseconds until the first of the answer was released.", null=True),
        "duration_ms": Field(Number(), "Milliseconds until the end."),
        "cold_start": Field(Flag(), "Whether it was the first of its execution environment."),
        "archive": Field(
            Word(("none", "failed", "request", "truncated", "written")),
            "What became of prompt and answer where the team has them archived: nothing to archive, nothing archived, "
            "the prompt alone, all but the end of the answer, all. Not there for other teams.",
            optional=True,
        ),
        **dict.fromkeys(
            (
                *("Requests", "Retries", "Throttles", "GuardrailBlocked", "GuardrailMasked"),
                *("CallerErrors", "LimitErrors", "GuardrailErrors", "UpstreamErrors", "ProxyErrors", "DigestErrors"),
            ),
            COUNTED,
        ),
        **{
            name: Field(Number(), "Once more, for the metric of this name.", optional=True)
            for name in ("Duration", "TimeToFirstToken", "GuardrailDuration", "InputTokens", "OutputTokens")
        },
        "Usd": Field(Number(), "USD in all, for the metric of this name.", optional=True),
        "BudgetUsed": Field(
            Number(),
            "Per cent of the team's budget of the month that is spent or reserved; 100 or more where it had no room.",
            optional=True,
        ),
        "_aws": Field(Metrics(), "Which of these are metrics."),
    }
)
BEGAN = MappingProxyType(
    {
        **{name: INFERENCE[name] for name in ("request_id", "deployment", "team", "principal", "session", "route")},
        "time": Field(TIME, "When it was written."),
        "model": Field(MODEL, "The model that is asked.", null=True),
        "tier": Field(_TIER, "And the tier.", null=True),
    }
)
