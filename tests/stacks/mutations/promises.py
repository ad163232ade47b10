"""The lines by which every synthesis looks for what is promised, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_P = "stacks/promises"
_MISSED, _CONTEXT = "test_what_is_taken_away_is_missed", "test_a_boundary_in_cdks_context_takes_no_ceiling_away"
_CEILING = "test_what_is_attached_adds_as_much_as_under_a_boundary_of_its_own"

PROMISES = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        ("promises that nobody looks for", "app.py", "    return 1 if broken else 0\n", "    return 0\n", _CONTEXT),
        (
            "promises: one kind less",
            f"{_P}/__init__.py",
            "CHECKS = (identity, functions, apis, network, storage, limits)",
            "CHECKS = (functions, apis, network, storage, limits)",
            _MISSED,
        ),
        (
            "promises: a boundary of whoever",
            f"{_P}/identity.py",
            "    if document is None:\n",
            "    if document is None and not boundary:\n",
            _CONTEXT,
        ),
        (
            "promises: models for a policy of nobody's",
            f"{_P}/identity.py",
            'return policy.get("Path") == path',
            "return True",
            _MISSED,
        ),
        (
            "promises: sizes that are measured and not compared",
            f"{_P}/limits.py",
            "            if size > limit.most:\n",
            "            if size > 10 * limit.most:\n",
            _MISSED,
        ),
        (
            "a ceiling without its other resources",
            "stacks/constructs/ceiling.py",
            "            self._elsewhere[actions].add_not_resources(*right.resources)\n",
            '            self._elsewhere[actions].add_not_resources("*")\n',
            _CEILING,
        ),
        (
            "a ceiling without its other conditions",
            "stacks/constructs/ceiling.py",
            "for operator, keys in right.conditions.items():",
            "for operator, keys in ():",
            _CEILING,
        ),
        (
            "a ceiling that a missing key meets",
            "stacks/constructs/ceiling.py",
            '{"Null": {key: "false"}} if operator.endswith("IfExists") else {}',
            "{}",
            _CEILING,
        ),
    )
)
