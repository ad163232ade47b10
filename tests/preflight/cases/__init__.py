"""What each look finds in which account: for each finding, an account that produces it, and one that does not."""

from itertools import chain

from tests.preflight.cases import (
    account,
    clashes,
    guardrail,
    leftovers,
    models,
    quotas,
    retention,
    roles,
    stacks,
    vpc,
    zones,
)
from tests.preflight.cases.common import Case

CASES: list[Case] = [
    *chain.from_iterable(
        group.CASES
        for group in (account, clashes, guardrail, leftovers, models, quotas, retention, roles, stacks, vpc, zones)
    )
]
