"""Condition operators: whether a request's keys meet a statement's condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and, for keys of
several values, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from review.iam.arn import crosses_colons
from review.iam.comparisons import COMPARISONS, Comparison, Wanted
from review.iam.context import Context, Values
from review.iam.document import Test
from review.iam.pattern import Pattern, includes, overlap
from review.iam.truth import Doubt, Truth, agreed, every, negation, some
from review.iam.variables import expand, has_variables


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator, taken apart.

    Attributes
    ----------
    base
        Its name without what stands around it, and without `Not`.
    negated
        Whether it asks that no value is met.
    of_all, of_any
        `ForAllValues:` and `ForAnyValue:`.
    optional
        `…IfExists`.
    """

    base: str
    negated: bool
    of_all: bool
    of_any: bool
    optional: bool

    @classmethod
    def parse(cls, text: str) -> Operator | None:
        """Take an operator apart; None of one that IAM does not document.

        Example
        -------
        >>> Operator.parse("ForAllValues:StringNotLikeIfExists").base
        'StringLike'
        """
        prefix, colon, name = text.rpartition(":")
        optional = name.endswith("IfExists")
        name = name.removesuffix("IfExists")
        if name == "Null":
            return None if optional or colon else cls("Null", False, False, False, False)
        negated = "Not" in name
        base = name.replace("Not", "", 1)
        known = base in COMPARISONS and (not negated or COMPARISONS[base].negated_as == name)
        if not known or prefix not in ("", "ForAllValues", "ForAnyValue"):
            return None
        return cls(base, negated, prefix == "ForAllValues", prefix == "ForAnyValue", optional)


def met(test: Test, context: Context, *, variables: bool) -> Truth:
    """Whether a request meets one line of a condition.

    Parameters
    ----------
    test
        Operator, key and values.
    context
        The request's keys.
    variables
        Whether the document's version knows policy variables.

    Example
    -------
    >>> context = Context({"aws:sourcevpce": ("vpce-1",)}, None)
    >>> met(Test("StringNotEquals", "aws:SourceVpce", ("vpce-1",)), context, variables=True)
    False
    >>> met(Test("StringNotEquals", "aws:SourceVpc", ("vpc-1",)), context, variables=True)
    True
    """
    operator = Operator.parse(test.operator)
    if operator is None:
        return Doubt(f"the condition operator {test.operator!r} is not one that IAM documents")
    if context.is_hidden(test.key):
        return _met_by_a_role(operator, test, context)
    if context.is_open(test.key):
        return Doubt(f"whether the request carries {test.key}")
    readings = context.readings(test.key)
    return agreed(
        [_reading(operator, test, values, context, variables) for values in readings],
        f"whether the request carries {test.key}",
    )


def _reading(operator: Operator, test: Test, values: Values | None, context: Context, variables: bool) -> Truth:
    if operator.base == "Null":
        if {v.lower() for v in test.values} not in ({"true"}, {"false"}):
            return Doubt(f"Null asks true or false of {test.key}, and not {', '.join(test.values)}")
        if values == () or values == ("",):
            return Doubt(f"whether {test.key} without a value is absent")
        return (values is None) == (test.values[0].lower() == "true")
    if not values:
        return _absent(operator, test.key, values)
    comparison = COMPARISONS[operator.base]
    wanted = _wanted(comparison, operator, test, context, variables)
    if isinstance(wanted, Doubt):
        return wanted
    each = [agreed([_compare(comparison, value, way, operator) for way in wanted], _UNRESOLVED) for value in values]
    if operator.of_all:
        if values == ("",):
            return Doubt(f"whether ForAllValues takes {test.key} without text for an empty set")
        return every(each)
    if operator.of_any:
        return some(each)
    if len(values) > 1:
        # The documentation warns of a plain operator on several values, without saying what comes of it.
        return agreed(each, f"{test.operator} compares several values of {test.key}")
    return each[0]


_UNRESOLVED = "a policy variable that the request may carry decides"


def _absent(operator: Operator, key: str, values: Values | None) -> Truth:
    if values == () and not (operator.of_all or operator.of_any):
        return Doubt(f"whether {key} without a value is absent")
    if operator.optional or operator.of_all:
        return True
    if operator.of_any:
        return False
    return operator.negated


def _wanted(
    comparison: Comparison, operator: Operator, test: Test, context: Context, variables: bool
) -> list[list[Wanted]] | Doubt:
    """The values to compare with, once for each reading of the variables in them."""
    readings: list[list[Wanted]] = [[]]
    for value in test.values:
        if not variables or not has_variables(value):
            readings = [[*so_far, comparison.prepare(value)] for so_far in readings]
            continue
        if comparison.prepare_pattern is None:
            return Doubt(f"{test.operator} takes no policy variables, and {value!r} has one")
        expanded = expand(value, context, wildcards=comparison.wildcards)
        if isinstance(expanded, Doubt):
            return expanded
        if operator.negated and None in expanded:
            return Doubt(f"{value!r} has a variable without a value, under {test.operator}")
        readings = [
            [*so_far, *([] if pattern is None else [comparison.prepare_pattern(pattern)])]
            for so_far in readings
            for pattern in expanded
        ]
    return readings


def _compare(comparison: Comparison, value: str, wanted: Sequence[Wanted], operator: Operator) -> Truth:
    found = some(comparison.holds(value, one) for one in wanted)
    return negation(found) if operator.negated else found


def _met_by_a_role(operator: Operator, test: Test, context: Context) -> Truth:
    """A comparison with a role's ARN of which the path is not known: decided where every path decides it alike."""
    if operator.base == "Null":
        return _reading(operator, test, ("arn",), context, True)
    if operator.base not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike"):
        return Doubt(f"{test.operator} compares the ARN of a role whose path is not known")
    found: list[Truth] = []
    for value in test.values:
        if has_variables(value) or (operator.base.startswith("Arn") and crosses_colons(Pattern.of(value))):
            return Doubt(f"{test.operator} compares the ARN of a role whose path is not known with {value!r}")
        pattern = Pattern.exact(value) if operator.base == "StringEquals" else Pattern.of(value)
        if includes([pattern], context.role):
            found.append(True)
        elif overlap([pattern], context.role):
            found.append(Doubt(f"whether {test.key} meets {value!r} is a question of the role's path"))
        else:
            found.append(False)
    return negation(some(found)) if operator.negated else some(found)
