"""Policies in words: what a statement lets happen, to what, and under which condition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from review.iam import Statement
from review.iam.document import Listed, Principals

Json = Any
_OPERATORS: Mapping[str, str] = {
    "StringEquals": "is",
    "StringEqualsIgnoreCase": "is, in any case,",
    "StringLike": "is like",
    "StringNotEquals": "is not",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnLike": "is like",
    "ArnNotEquals": "is not",
    "ArnNotLike": "is not like",
    "Bool": "is",
    "NumericLessThan": "is less than",
    "NumericLessThanEquals": "is at most",
}


def statement(written: Statement) -> str:
    """Return a statement as a sentence.

    Example
    -------
    >>> from review.iam import read
    >>> text = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    >>> test = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
    >>> statement(read({"Statement": {**text, "Condition": test}}, "b").statements[0])
    'may s3:GetObject on arn:aws:s3:::b/*, if aws:PrincipalAccount is 111122223333'
    """
    verb = "may" if written.effect == "Allow" else "may never"
    action = _listed(written.action, "every action")
    resource = f" on {_listed(written.resource, 'everything')}" if written.resource else ""
    tests = [_test(test.operator, test.key, test.values) for test in written.condition]
    return f"{verb} {action}{resource}{', if ' + ' and '.join(tests) if tests else ''}"


def principals(of: Principals | None) -> str:
    """Return whom a statement is about.

    Example
    -------
    >>> principals(Principals({"Service": ("logs.amazonaws.com",)}))
    'logs.amazonaws.com'
    """
    if of is None:
        return "whoever carries it"
    if of.everybody and not of.negated:
        return "everybody"
    named = ", ".join(name for names in of.kinds.values() for name in names)
    return f"everybody but {named}" if of.negated else named


def _listed(listed: Listed | None, everything: str) -> str:
    if listed is None:
        return "what cannot be read"
    if listed.values == ("*",):
        return everything if not listed.negated else "nothing"
    text = ", ".join(listed.values)
    return f"everything but {text}" if listed.negated else text


def _test(operator: str, key: str, values: Iterable[str]) -> str:
    values = tuple(values)
    if operator == "Null":
        return f"{key} is {'absent' if values == ('true',) else 'there'}"
    base = operator.removesuffix("IfExists").rpartition(":")[2]
    if_there = " (where it is there)" if operator.endswith("IfExists") else ""
    return f"{key} {_OPERATORS.get(base, base)} {' or '.join(values)}{if_there}"


def short(name: str) -> str:
    """Return an ARN's own end, as people call it.

    Example
    -------
    >>> short("arn:aws:iam::111122223333:role/team/caller"), short("bedrock.amazonaws.com")
    ('caller', 'bedrock.amazonaws.com')
    """
    return re.split(r"[:/]", name)[-1] or name if name.startswith("arn:") else name


def value(of: Json) -> str:
    """Return a value of a template on one line.

    Example
    -------
    >>> value(True), value(400), value({"Status": "Enabled"})
    ('true', '400', '{"Status": "Enabled"}')
    """
    return of if isinstance(of, str) else json.dumps(of, ensure_ascii=False)
