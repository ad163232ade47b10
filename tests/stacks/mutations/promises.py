"""The lines by which every synthesis looks for what is promised, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_CONTEXT = "test_a_boundary_in_cdks_context_takes_no_ceiling_away"
_CEILING = "test_what_is_attached_adds_as_much_as_under_a_boundary_of_its_own"

PROMISES = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        (
            "a review that stops nothing",
            "synth/single.py",
            "AwsSolutionsChecks(app), unchanged, review)",
            "AwsSolutionsChecks(app), unchanged)",
            _CONTEXT,
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
