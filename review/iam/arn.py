"""Amazon Resource Names: their six parts, and where a wildcard of a policy may reach.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from review.iam.pattern import Letter, Pattern, Tokens
from review.iam.truth import Doubt, Truth

_PARTS = 6
_COLON = Letter(":")


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN's parts. `resource` is all that follows the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """Return the parts of an ARN, or None of a text that is none.

        Example
        -------
        >>> Arn.parse("arn:aws:s3:::bucket/key").resource
        'bucket/key'
        """
        parts = text.split(":", _PARTS - 1)
        return cls(*parts[1:]) if len(parts) == _PARTS and parts[0] == "arn" else None

    def __str__(self) -> str:
        """As it is written."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def role_name(arn: Arn) -> str | None:
    """The name of the role that an ARN of a role or of one of its sessions is about, without its path.

    Example
    -------
    >>> role_name(Arn.parse("arn:aws:sts::111122223333:assumed-role/reader/tour"))
    'reader'
    """
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "sts" and kind == "assumed-role":
        return rest.split("/", 1)[0]
    return rest.rsplit("/", 1)[-1] if arn.service == "iam" and kind == "role" else None


@lru_cache(maxsize=1 << 16)
def segments(pattern: Pattern) -> tuple[Pattern, ...] | None:
    """The parts of a pattern of ARNs, or None of a pattern with fewer than six.

    Example
    -------
    >>> segments(Pattern.of("arn:aws:s3:::b*"))[5]
    Pattern('b*')
    """
    found = _split(pattern)
    return tuple(Pattern(part) for part in found) if len(found) == _PARTS else None


@lru_cache(maxsize=1 << 16)
def _split(pattern: Pattern) -> tuple[Tokens, ...]:
    colons = [place for place, token in enumerate(pattern.tokens) if token == _COLON][: _PARTS - 1]
    starts, ends = [0, *(place + 1 for place in colons)], [*colons, len(pattern.tokens)]
    return tuple(pattern.tokens[start:end] for start, end in zip(starts, ends, strict=True))


def segments_match(wanted: Sequence[Pattern], value: str) -> bool:
    """Whether each of the six parts of an ARN meets its part of a pattern, as `ArnLike` has it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN

    Example
    -------
    >>> segments_match(segments(Pattern.of("arn:aws:iam::*:role/x")), "arn:aws:iam::111122223333:role/x")
    True
    >>> segments_match(segments(Pattern.of("arn:*:iam::1:*")), "arn:aws:s3:iam::1:x")
    False
    """
    found = value.split(":", _PARTS - 1)
    return len(found) == _PARTS and all(p.matches(v) for p, v in zip(wanted, found, strict=True))


def crosses_colons(pattern: Pattern) -> bool:
    """Whether a pattern has a `*` before its sixth part that is not the last character of its part.

    Such a `*` is documented to stay within its part; as the last character of a part, it reaches beyond the colon.

    Example
    -------
    >>> crosses_colons(Pattern.of("arn:aws:sqs:us-*-1:*:queue")), crosses_colons(Pattern.of("arn:aws:logs:*:1:log-*-x"))
    (True, False)
    """
    return any(None in part[:-1] for part in _split(pattern)[: _PARTS - 1])


def resource_matches(pattern: Pattern, value: str) -> Truth:
    """Whether a pattern of a Resource element is met by a resource.

    Example
    -------
    >>> resource_matches(Pattern.of("arn:aws:s3:::b*"), "arn:aws:s3:::bucket/key")
    True
    """
    text = pattern.text
    if text.count(":") < _PARTS - 1 and not text.endswith("*") and not text.startswith("execute-api:"):
        return Doubt(f"{text!r} is no ARN of six parts, and no * either")
    if not pattern.matches(value):
        return False
    parts = segments(pattern)
    if crosses_colons(pattern) and (parts is None or not segments_match(parts, value)):
        return Doubt(f"whether the * inside a part of {pattern.text!r} reaches beyond a colon is not documented")
    return True


_ACCOUNT = re.compile(r"\d{12}")


def account_of(text: str) -> str | None:
    """The account that an ARN names, or that a bare account number is; None where there is none."""
    if _ACCOUNT.fullmatch(text):
        return text
    arn = Arn.parse(text)
    return arn.account if arn is not None and _ACCOUNT.fullmatch(arn.account) else None
