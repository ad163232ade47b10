"""Every line of evidence that the functions and the API write, field by field: the one place that says so.

``python -m tools.schema`` makes ``docs/schema/record.schema.json`` and ``docs/record.md`` of it, and `audit.valid` the
check. Within a version a field is never removed, and never means or allows anything less; one that is added is
``optional``. Anything else is another version, beside the former, which stays here as long as lines of it are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.inference import (
    ARN,
    BEGAN,
    CODE,
    COUNTED,
    DEPLOYMENT,
    HASH,
    ID,
    INFERENCE,
    MODEL,
    NAME,
    PATH,
    PRINCIPAL,
    TEAM,
    TIME,
)
from audit.kinds import Count, Each, Field, Nested, Text, Word

__all__ = ["LINES", "VERSIONS", "Line"]


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of line.

    Parameters
    ----------
    about
        What it tells, and who writes it when.
    fields
        By name.
    chained
        Whether it can be a link of a chain.
    """

    about: str
    fields: Mapping[str, Field]
    chained: bool = True


_CHAIN = Field(
    Nested(
        {
            "id": Field(
                Text("[0-9a-f]{32}", "32 hexadecimal digits"), "Which chain: one for each execution environment."
            ),
            "seq": Field(Count(), "Number of the line in it, from 0 on."),
            "previous": Field(HASH, "SHA-256 of the line before, as written, without its end; of line 0: random."),
        }
    ),
    "The line's place in the chain of its execution environment.",
    optional=True,
)


def _line(record: str, about: str, fields: Mapping[str, Field], *, chained: bool = True) -> Line:
    head = {
        "record": Field(Word((record,)), "What kind of line this is."),
        "version": Field(Word(("1",)) if record == "access" else Count(), "Version of these fields."),
    }
    return Line(about, MappingProxyType({**head, **fields, **({"chain": _CHAIN} if chained else {})}), chained)


_WHOSE: Mapping[str, Field] = MappingProxyType(
    {
        "deployment": DEPLOYMENT,
        "team": TEAM,
        "function_version": Field(
            Text(r"\$LATEST|[0-9]{0,20}", "a version"), "Version of the function, as Lambda says it."
        ),
        "log_stream": Field(PATH, "Log stream that the execution environment writes to."),
    }
)
_NOW = Field(TIME, "When it was written.")
_KEY = Field(ARN, "ARN of the KMS key.", null=True)
_LAMBDA_ID = Field(ID, "Lambda's id of the invocation.", null=True)

#: Version 1, by kind of line.
LINES: Mapping[str, Line] = MappingProxyType(
    {
        "start": _line(
            "start",
            "The first line of an execution environment, and of its chain.",
            {
                "time": _NOW,
                **_WHOSE,
                "code": INFERENCE["code"],
                "chained": Field(Word(("hashed", "signed")), "Whether signatures follow."),
                "key": _KEY,
            },
        ),
        "began": _line(
            "began", "A request is about to be shown to the guardrail and the model; its `inference` follows.", BEGAN
        ),
        "inference": _line("inference", "A request that was answered, whatever the answer.", INFERENCE),
        "head": _line(
            "head",
            "A signature of the chain, up to a line before this one.",
            {
                "time": _NOW,
                **_WHOSE,
                "start": Field(HASH, "The `previous` of the chain's first line."),
                "signed": Field(
                    Nested({"seq": Field(Count(), "Number of that line."), "hash": Field(HASH, "Its SHA-256.")}),
                    "The line that is signed, and with it all before it.",
                ),
                "key": _KEY,
                "algorithm": Field(Word(("ECDSA_SHA_256",)), "As KMS calls it."),
                "signature": Field(
                    Text("[A-Za-z0-9+/=]{8,512}", "base64"), "Of the statement that `docs/record.md` describes."
                ),
            },
        ),
        "unsigned": _line(
            "unsigned",
            "A signature was due, and could not be had.",
            {
                "time": _NOW,
                **_WHOSE,
                "reason": Field(CODE, "Why: `kms_` and a status, or a fault of the connection."),
                "lines": Field(Count(), "Lines that have no signature."),
                "SigningErrors": COUNTED,
                "_aws": INFERENCE["_aws"],
            },
        ),
        "end": _line(
            "end",
            "The execution environment is ended by Lambda, which has said so; a last signature follows.",
            {"time": _NOW, **_WHOSE, "reason": Field(Word(("terminated",)), "Why.")},
        ),
        "retention": _line(
            "retention",
            "The data retention of the Project or its models is not as it should be, or could not be read.",
            {
                "time": _NOW,
                "request_id": Field(ID, "Of no request.", null=True),
                "deployment": DEPLOYMENT,
                "team": TEAM,
                "mode": Field(INFERENCE["retention"].kind, "The mode.", optional=True),
                "statuses": Field(Each(Count()), "HTTP statuses of what was asked; 0: no answer.", optional=True),
                "models_unread": Field(Each(MODEL), "Models of which it could not be read.", optional=True),
                "models_without_none": Field(Each(MODEL), "Models that do not allow `none`.", optional=True),
                "type": Field(NAME, "Type of the exception that kept it from being read.", optional=True),
            },
        ),
        "crash": _line(
            "crash",
            "An exception that nobody foresaw: where, and of which type; never its message.",
            {
                "time": _NOW,
                "during": Field(Text("[a-z ]{1,32}", "a few words"), "What was being done."),
                "request_id": _LAMBDA_ID,
                "type": Field(NAME, "Type of the exception."),
                "reason": Field(
                    Text("[ -~]{0,256}", "one of the messages of the Runtime API's client"), "What it says.", null=True
                ),
                "at": Field(Each(Text("[ -~]{1,256}", "file, line and function")), "Where, the innermost last."),
            },
        ),
        "init": _line(
            "init",
            "The function cannot start, since it was not set up as the stack does it.",
            {"time": _NOW, "reason": Field(Text("(?:.|\n){0,2000}", "a sentence"), "Why.")},
            chained=False,
        ),
        "authorization": _line(
            "authorization",
            "The authorizer has decided on a token. API Gateway keeps the decision for some minutes, so there are "
            "fewer of these than of requests.",
            {
                "time": _NOW,
                "request_id": INFERENCE["request_id"],
                "team": Field(NAME, "Name of the team.", null=True),
                "decision": Field(
                    Word(("allow", "deny", "unauthorized", "error")), "What it decided: 200, 403, 401, 503."
                ),
                "reason": Field(CODE, "Why."),
                "principal": PRINCIPAL,
            },
            chained=False,
        ),
        "access": _line(
            "access",
            "API Gateway's own line of a request, those among them that it refused: 401, 403, 413, 429. All are texts; "
            "`-`: not known.",
            {
                "time": Field(
                    Text("[0-9A-Za-z/:+ -]{1,40}", "as `10/Oct/2026:13:55:36 +0000`"), "When the request came."
                ),
                "request_id": Field(ID, "API Gateway's id of the request, or a UUID that its client has chosen."),
                "extended_request_id": Field(ID, "Its other one, which no client chooses."),
                "api": Field(NAME, "Name of the API: deployment and team."),
                "api_id": Field(ID, "Its id."),
                "method": Field(Text("[A-Z-]{1,16}", "a method"), "As sent."),
                "resource": Field(
                    Text(r"[/A-Za-z0-9{}+_.-]{1,64}", "a path with names in braces"), "What of the API was called."
                ),
                "status": Field(Text("[0-9]{3}|-", "a status"), "HTTP status of the answer."),
                "error": Field(Text("[A-Z0-9_]{1,64}|-", "a type of API Gateway's"), "Why API Gateway refused."),
                "principal": Field(ARN, "ARN of a caller who has signed."),
                "token_principal": Field(ARN, "ARN of a caller who has brought a token."),
                "source": Field(
                    Nested(
                        {
                            "endpoint": Field(
                                Text("vpce-[0-9a-f]{1,17}|-", "an endpoint's id"), "Interface endpoint that it came by."
                            ),
                            "address": Field(Text("[0-9A-Fa-f.:]{2,45}|-", "an address"), "Address that it came from."),
                        }
                    ),
                    "Where the request came from.",
                ),
                **{
                    name: Field(Text("[0-9]{1,12}|-", "a number"), about)
                    for name, about in {
                        "integration_status": "Status of the function's invocation.",
                        "integration_ms": "Milliseconds that it took.",
                        "duration_ms": "Milliseconds in all.",
                        "response_bytes": "Bytes of the answer.",
                    }.items()
                },
            },
            chained=False,
        ),
    }
)
#: By version.
VERSIONS: Mapping[int, Mapping[str, Line]] = MappingProxyType({1: LINES})
