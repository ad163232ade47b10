"""In which order CloudFormation makes the parts of a stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from review.assembly import Resource
from review.rules.facts import listed

Json = Any


def made_before(resource: Resource, parts: Mapping[str, Resource]) -> set[str]:
    """The ids of what is made before a part: what it waits for or refers to, and what these do.

    Parameters
    ----------
    resource
        The part.
    parts
        The parts of its stack, by id.
    """
    reached: set[str] = set()
    waiting = [resource]
    while waiting:
        part = waiting.pop()
        for name in [*listed(part.body.get("DependsOn")), *_named(part.body.get("Properties"))]:
            if name in parts and name not in reached:
                reached.add(name)
                waiting.append(parts[name])
    return reached


def _named(value: Json) -> Iterator[str]:
    """What a value refers to in its own template."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield str(inner[0] if isinstance(inner, list) else inner.split(".")[0])
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
