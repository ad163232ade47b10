"""The guardrail that every prompt and every answer passes, within the limits of Bedrock's CreateGuardrail.

Limits: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateGuardrail.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from stacks.catalogue import Frozen, FrozenMapping
from stacks.guardrail_quotas import Policy
from stacks.settings.kinds import check, listed, text, wrong

__all__ = ["GEOGRAPHIES", "Filter", "Geography", "Guardrail", "Pii", "PiiAction", "Regex", "Strength", "Topic"]

Filter = Literal["hate", "insults", "sexual", "violence", "misconduct"]
Strength = Literal["none", "low", "medium", "high"]
PiiAction = Literal["block", "mask"]
Pii = Literal[
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
]

Geography = Literal["us", "eu", "us-gov"]
# The guardrail profile of each Region: STANDARD reads text in any Region of it
# (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region-support.html).
GEOGRAPHIES: Mapping[str, Geography] = MappingProxyType(
    {
        "us-east-1": "us",
        "us-east-2": "us",
        "us-west-2": "us",
        "eu-central-1": "eu",
        "us-gov-west-1": "us-gov",
    }
)

_FILTERS = get_args(Filter)
_LINE = r"[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*"
# "up to three words": https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-word-filters.html
Word = Annotated[
    str, *text(r"\S+( \S+){0,2}", "needs a word or a phrase of up to three words, at most 100 characters", 100)
]
TopicName = Annotated[str, *text(r"[0-9a-zA-Z\-_ !?.]+", "needs up to 100 letters, digits, spaces and - _ ! ? .", 100)]
# 200 is the limit of the CLASSIC tier, the one that keeps text in the Region
# (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html).
Definition = Annotated[str, *text(_LINE, "needs one line of at most 200 characters", 200)]
Example = Annotated[str, *text(_LINE, "needs one line of at most 100 characters", 100)]


Units = Annotated[
    int,
    check(lambda value: 25 <= value <= 100_000, "needs 25 to 100,000 text units a second"),
    Field(json_schema_extra={"minimum": 25, "maximum": 100_000}),
]


def _complete(content: Mapping[Filter, Strength]) -> Mapping[Filter, Strength]:
    if missing := [name for name in _FILTERS if name not in content]:
        raise wrong("needs a strength for each filter ('none' turns one off)", f"lacks {', '.join(missing)}")
    return content


class Topic(Frozen):
    """A subject that is refused."""

    name: TopicName = Field(description="A short name for the subject.")
    definition: Definition = Field(description="What the subject is, in a sentence: the guardrail's model reads it.")
    examples: Annotated[tuple[Example, ...], *listed(0, 5, "needs at most 5 examples, each once")] = Field(
        default=(), description="Prompts on the subject."
    )


def _expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise wrong("needs a regular expression", f"found one that cannot be read ({error})") from None
    return value


# Name, pattern and number of them:
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GuardrailRegexConfig.html. Bedrock takes no look-around
# (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-sensitive-filters.html).
# The name stands in masks, in headers and in records, so it is a word.
RegexName = Annotated[
    str, *text(r"[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9])?", "needs up to 60 letters, digits, - and _, a letter first", 60)
]
Expression = Annotated[
    str,
    *text(r"(?:(?!\(\?(?:[=!]|<[=!])).)+", "needs up to 500 characters without look-around ('(?=', '(?<!')", 500),
    AfterValidator(_expression),
]


class Regex(Frozen):
    """Personal data of the company's own kind, by how it is written."""

    name: RegexName = Field(description="What it is called: a mask shows it, as '{employee-number}'.")
    pattern: Expression = Field(description="A regular expression, without look-around.")
    action: PiiAction = Field(description="Block the text, or mask the data in it.")


Words = Annotated[
    tuple[Word, ...], *listed(0, 10_000, "needs at most 10,000 words, each once", key=lambda word: word.casefold())
]
Topics = Annotated[
    tuple[Topic, ...], *listed(0, 30, "needs at most 30 topics, each name once", key=lambda topic: topic.name)
]
Regexes = Annotated[
    tuple[Regex, ...], *listed(0, 10, "needs at most 10 expressions, each name once", key=lambda regex: regex.name)
]


class Guardrail(Frozen):
    """What is blocked or masked in prompts and answers, and how strictly."""

    tier: Literal["classic", "standard"] = Field(
        default="classic",
        description="'classic' reads text in the Region; 'standard' in any Region of the geography, if acknowledged.",
    )
    acknowledge_cross_region: Geography | None = Field(
        default=None,
        description="The geography whose Regions may all read prompts and answers: needed for the tier 'standard'.",
    )

    # Every filter is spelled out: a forgotten one would be off, and nothing in the file would show it.
    content: Annotated[
        FrozenMapping[Filter, Strength],
        AfterValidator(_complete),
        Field(json_schema_extra={"required": list(_FILTERS)}),
    ] = Field(description="Strength of each content filter, for prompts and for answers.")
    prompt_attack: Strength = Field(
        default="high",
        description="Strength of the filter of prompt attacks, on what users and tools bring in; a team may have it "
        "judge developers' texts too (guarding.prompt_attacks).",
    )
    words: Words = Field(default=(), description="Words and phrases that are blocked wherever they stand.")
    pii: FrozenMapping[Pii, PiiAction] = Field(
        default_factory=dict, description="Kinds of personal data: block the text, or mask the data in it."
    )
    regexes: Regexes = Field(
        default=(), description="Personal data of the company's own kinds, such as numbers of employees, by its form."
    )
    topics: Topics = Field(default=(), description="Subjects that are refused.")
    text_units: FrozenMapping[Policy, Units] = Field(
        default_factory=dict,
        description="Text units of 1,000 characters a second that AWS lets the account's guardrails read, where it was "
        "given more than the default of its Region; the proxies ask no faster.",
    )

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that the guardrail has: filters of content always, the others if the settings fill them."""
        there: dict[Policy, object] = {
            "topics": self.topics,
            "pii": self.pii or self.regexes,
            "words": self.words,
        }
        return ("content", *(policy for policy, rules in there.items() if rules))
