"""All rules: every module below the folders of this package that has a `RULE`. Adding a file adds a rule."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from review import rules
from review.rules.rule import Rule


@cache
def catalogue() -> tuple[Rule, ...]:
    """Return every rule, by folder and name.

    Raises
    ------
    ValueError
        If a module's rule has another name than the module.

    Example
    -------
    >>> "key-rotates" in [rule.id for rule in catalogue()]
    True
    """
    found: list[Rule] = []
    for package in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        if not package.ispkg:
            continue
        for module in pkgutil.iter_modules(importlib.import_module(package.name).__path__, f"{package.name}."):
            rule: Rule = importlib.import_module(module.name).RULE
            name = module.name.rpartition(".")[2].replace("_", "-")
            if rule.id != name:
                raise ValueError(f"{module.name} has the rule {rule.id!r}: {name!r} is right")
            found.append(rule)
    return tuple(found)


def by_id() -> dict[str, Rule]:
    """Return the rules by their id."""
    return {rule.id: rule for rule in catalogue()}
