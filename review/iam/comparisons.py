"""How one value of a request is compared with one value of a policy, by the kind of the operator.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from review.iam.arn import Arn, segments, segments_match
from review.iam.pattern import Pattern
from review.iam.truth import Doubt, Truth

#: A policy's value, made ready to compare with: a pattern, a number, a network…, or the doubt what it is.
Wanted = Any


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of operator.

    Attributes
    ----------
    prepare
        Makes a policy's value ready.
    compare
        Compares a request's value with one that is ready.
    negated_as
        The name of the operator's negation, or None if it has none.
    wildcards
        Whether `*` and `?` in a policy's value are wildcards.
    prepare_pattern
        Makes a value ready in which variables were expanded; None if the operator takes no variables.
    """

    prepare: Callable[[str], Wanted]
    compare: Callable[[str, Wanted], Truth]
    negated_as: str | None
    wildcards: bool = False
    prepare_pattern: Callable[[Pattern], Wanted] | None = None

    def holds(self, value: str, wanted: Wanted) -> Truth:
        """Whether a request's value meets one that is ready."""
        return wanted if isinstance(wanted, Doubt) else self.compare(value, wanted)


def _matches(value: str, pattern: Pattern) -> Truth:
    return pattern.matches(value)


def _folded(pattern: Pattern) -> Pattern:
    return Pattern.exact(pattern.text.lower())


def _like_arn(value: str, pattern: Pattern) -> Truth:
    if Arn.parse(value) is None:
        return False
    wanted = segments(pattern)
    if wanted is None:
        if None not in pattern.tokens:
            return False
        return Doubt(f"{pattern.text!r} has fewer than an ARN's six parts; what it matches is not documented")
    return segments_match(wanted, value)


def _boolean(text: str) -> Wanted:
    folded = text.lower()
    return folded if folded in ("true", "false") else Doubt(f"Bool compares with true or false, and not {text!r}")


def _number(text: str) -> Wanted:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Doubt(f"{text!r} is no number")


def _moment(text: str) -> Wanted:
    """A date as W3C's profile of ISO 8601 has it, or seconds since 1970."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return Doubt(f"{text!r} is no date")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _network(text: str) -> Wanted:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return Doubt(f"{text!r} is no address range")


def _within(value: str, network: Wanted) -> Truth:
    try:
        address = ipaddress.ip_address(value.strip())
    except ValueError:
        return Doubt(f"{value!r} is no address")
    return address.version == network.version and address in network


def _binary(text: str) -> Wanted:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return Doubt(f"{text!r} is no base64")


def _ordered(ready: Callable[[str], Wanted], order: Callable[[Any, Any], bool]) -> Callable[[str, Wanted], Truth]:
    def compare(value: str, wanted: Wanted) -> Truth:
        found = ready(value)
        return found if isinstance(found, Doubt) else order(found, wanted)

    return compare


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _arn(negated_as: str) -> Comparison:
    # ArnEquals and ArnLike are the same.
    return Comparison(Pattern.of, _like_arn, negated_as, wildcards=True, prepare_pattern=lambda pattern: pattern)


#: By the operator's name without `Not`.
COMPARISONS: dict[str, Comparison] = {
    "StringEquals": Comparison(Pattern.exact, _matches, "StringNotEquals", prepare_pattern=lambda pattern: pattern),
    "StringEqualsIgnoreCase": Comparison(
        lambda text: Pattern.exact(text.lower()),
        lambda value, pattern: pattern.matches(value.lower()),
        "StringNotEqualsIgnoreCase",
        prepare_pattern=_folded,
    ),
    "StringLike": Comparison(
        Pattern.of, _matches, "StringNotLike", wildcards=True, prepare_pattern=lambda pattern: pattern
    ),
    "ArnEquals": _arn("ArnNotEquals"),
    "ArnLike": _arn("ArnNotLike"),
    "Bool": Comparison(_boolean, lambda value, wanted: value.lower() == wanted, None),
    "IpAddress": Comparison(_network, _within, "NotIpAddress"),
    "BinaryEquals": Comparison(_binary, _ordered(_binary, operator.eq), None),
    **{
        f"{kind}{name}": Comparison(ready, _ordered(ready, order), f"{kind}NotEquals" if name == "Equals" else None)
        for kind, ready in (("Numeric", _number), ("Date", _moment))
        for name, order in _ORDERS.items()
    },
}
