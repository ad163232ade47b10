"""The lines by which a fault is told, once and to somebody, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_C = "stacks/constructs"
_ONCE = "test_a_fault_is_told_once"

WATCHING = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        (
            "an alarm on one failure of three",
            f"{_C}/fault.py",
            "IF(FILL(errors, 0) >= {least}, ",
            "IF(FILL(errors, 0) >= 0, ",
            "test_a_share_of_errors_means_something_only_from_some_errors_on",
        ),
        (
            "each team told of all teams' fault",
            f"{_C}/fault.py",
            "actions_suppressor=alarm_arn(everywhere) if everywhere else None,",
            "",
            _ONCE,
        ),
        (
            "a fault of a team's that nobody is told",
            f"{_C}/fault.py",
            "        alarm_actions=[topic.arn],\n",
            "",
            _ONCE,
        ),
        (
            "a budget that is used up in silence",
            f"{_C}/team_alarms.py",
            'topic.tell(self._alarm(_used(proxy, used), f"budget-{used}"))',
            'self._alarm(_used(proxy, used), f"budget-{used}")',
            "test_a_budget_is_told_at_50_80_and_100_to_the_topic",
        ),
        (
            "a budget that comes back overnight",
            f"{_C}/team_alarms.py",
            "missing=cloudwatch.TreatMissingData.IGNORE",
            "missing=cloudwatch.TreatMissingData.NOT_BREACHING",
            "test_an_alarm_looks_at_what_is_recorded_and_says_what_a_silence_means",
        ),
    )
)
