"""Policy variables: `${aws:username}` in a resource or in the value of a condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re

from review.iam.context import Context
from review.iam.pattern import Letter, Pattern, Tokens, exactly, parse
from review.iam.truth import Doubt

_VARIABLE = re.compile(r"\$\{\s*([^},]*?)\s*(?:,\s*'([^']*)'\s*)?\}")
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


def has_variables(text: str) -> bool:
    """Whether a text holds `${`, which a document of version 2012-10-17 takes for a variable."""
    return "${" in text


def expand(text: str, context: Context, *, wildcards: bool) -> list[Pattern | None] | Doubt:
    """Put the values of a request in the place of a text's variables.

    Parameters
    ----------
    text
        As the policy writes it.
    context
        The request's keys.
    wildcards
        Whether `*` and `?` are wildcards where the text stands.

    Returns
    -------
    list or Doubt
        One pattern for each reading of the keys; None is a reading in which a variable has no value.

    Example
    -------
    >>> context = Context({"aws:username": ("ann",)}, None)
    >>> expand("home/${aws:username}/*", context, wildcards=True)
    [Pattern('home/ann/*')]
    >>> expand("home/${aws:userid, 'nobody'}", context, wildcards=True)
    [Pattern('home/nobody')]
    """
    whole = parse if wildcards else exactly
    if not has_variables(text):
        return [Pattern.of(text) if wildcards else Pattern.exact(text)]
    readings: list[Tokens | None] = [()]
    place = 0
    for found in _VARIABLE.finditer(text):
        before = whole(text[place : found.start()])
        place = found.end()
        name, default = found[1], found[2]
        if name in _ESCAPES:
            values: list[Tokens | None] = [(Letter(_ESCAPES[name]),)]
        else:
            looked_up = _values(name, default, context)
            if isinstance(looked_up, Doubt):
                return looked_up
            values = looked_up
        readings = [
            None if so_far is None or value is None else (*so_far, *before, *value)
            for so_far in readings
            for value in values
        ]
    rest = text[place:]
    if has_variables(rest):
        return Doubt(f"{text!r} has a variable that is not closed or not written as IAM documents it")
    return [None if tokens is None else Pattern((*tokens, *whole(rest))) for tokens in readings]


def _values(name: str, default: str | None, context: Context) -> list[Tokens | None] | Doubt:
    if ":" not in name:
        return Doubt(f"${{{name}}} is no condition key")
    if context.is_open(name):
        return Doubt(f"whether the request carries {name}")
    if context.is_hidden(name):
        return Doubt(f"${{{name}}} holds the path of a role, which the ARN of its session does not tell")
    found: list[Tokens | None] = []
    for values in context.readings(name):
        if values is None:
            found.append(None if default is None else exactly(default))
        elif len(values) != 1 or context.several(name):
            return Doubt(f"${{{name}}} holds several values, which no variable may")
        elif "*" in values[0] or "?" in values[0]:
            return Doubt(f"${{{name}}} holds a wildcard; whether it acts as one is not documented")
        else:
            found.append(exactly(values[0]))
    return found
