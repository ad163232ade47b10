"""A synthesised template, as the checks read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.finding import Finding, Status

__all__ = ["Broken", "Json", "Stack", "is_on", "listed", "statements"]

Json = Any


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise, and what is said when it does not hold.

    Attributes
    ----------
    code
        What programs match.
    why, cure, source
        As for `review.finding.Finding`.
    """

    code: str
    why: str
    cure: str
    source: str

    def at(self, stack: Stack, name: str, found: str) -> Finding:
        """Return the finding about one resource."""
        return Finding(self.code, Status.FAIL, f"{stack.name}/{name}", found, self.why, self.cure, self.source)


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack's template.

    Attributes
    ----------
    name
        Name of the stack.
    template
        What CDK wrote.
    deployment
        Name of the deployment.
    boundary
        Path and name of the permissions boundary that the settings name for every role; `None` for none.
    """

    name: str
    template: Mapping[str, Json]
    deployment: str
    boundary: str | None = None

    def of(self, *kinds: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Yield the properties of the resources of some types, with their logical ids."""
        for name, resource in self.template.get("Resources", {}).items():
            if resource["Type"] in kinds:
                yield name, resource.get("Properties", {})

    def properties(self, name: str) -> Mapping[str, Json]:
        """Return the properties of a resource, of one that is not there none."""
        resource: Mapping[str, Json] = self.template.get("Resources", {}).get(name, {})
        found: Mapping[str, Json] = resource.get("Properties", {})
        return found


def listed(value: Json) -> list[Json]:
    """Return a list of what a policy writes as one value or several.

    Examples
    --------
    >>> listed("a"), listed(["a"]), listed(None)
    (['a'], ['a'], [])
    """
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def statements(document: Json) -> list[Mapping[str, Json]]:
    """Return the statements of a policy document."""
    return listed((document or {}).get("Statement"))


def is_on(value: Json) -> bool:
    """Return whether a boolean of a template is true, however it is written.

    Examples
    --------
    >>> is_on(True), is_on("true"), is_on({"Ref": "Perhaps"}), is_on(None)
    (True, True, False, False)
    """
    return value is True or value == "true"
