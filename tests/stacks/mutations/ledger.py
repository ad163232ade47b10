"""The lines that keep a budget, and the way to where it is kept, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_T = "stacks/constructs/ledger_table.py"
_L = "lambdas/proxy/ledger"
_SET = '        setting="budgets",\n'
_TABLE = "test_the_table_is_the_teams_own_and_holds_what_was_spent"
_TAKEN = "test_in_a_vpc_of_others_nobodys_dynamodb_is_taken"

LEDGER = (
    *(
        Mutation(f"ledger: {name}", file, old, new, (test,))
        for name, file, old, new, test in (
            (
                "a host that is everybody's in a VPC of others",
                "stacks/services.py",
                f"        own_name=True,\n{_SET}",
                _SET,
                _TAKEN,
            ),
            (
                "private DNS",
                "stacks/services.py",
                f"        private_dns=False,\n        own_name=True,\n{_SET}",
                f"        own_name=True,\n{_SET}",
                _TAKEN,
            ),
            (
                "any table through the endpoint",
                "stacks/constructs/endpoint_policies.py",
                "            resources=[tables],\n",
                '            resources=["*"],\n',
                "test_writing_items_of_ledgers_is_all_that_passes",
            ),
            (
                "any action of the proxy on its table",
                _T,
                'actions=["dynamodb:UpdateItem"]',
                'actions=["dynamodb:*"]',
                "test_the_proxy_may_write_items_of_its_own_table_and_nothing_else",
            ),
            (
                "the key for more than DynamoDB",
                _T,
                '                conditions={"StringEquals": via},\n',
                "",
                "test_the_proxy_may_write_items_of_its_own_table_and_nothing_else",
            ),
            ("no recovery", _T, "point_in_time_recovery_enabled=True", "point_in_time_recovery_enabled=False", _TABLE),
            ("a table that one call deletes", _T, "deletion_protection=protected", "deletion_protection=False", _TABLE),
            ("a table that goes with its stack", _T, "RemovalPolicy.RETAIN", "RemovalPolicy.DESTROY", _TABLE),
            ("items for ever", _T, '            time_to_live_attribute="expires",\n', "", _TABLE),
            (
                "one key where there are no budgets",
                "stacks/audit.py",
                "self._make_ledger_key(prefix) if deployment.budgets else None",
                "self._make_ledger_key(prefix)",
                "test_the_key_of_the_ledgers_is_there_with_budgets_alone",
            ),
        )
    ),
    *(
        Mutation(f"ledger: {name}", file, old, new, (test,), "tests/lambdas/proxy/ledger")
        for name, file, old, new, test in (
            (
                "a model that is called before there is a reservation",
                "lambdas/proxy/opening.py",
                "            held.wait()\n            self._ledger.cover(",
                "            self._ledger.cover(",
                "test_a_spent_budget_is_said_in_openais_words",
            ),
            (
                "a second reservation of one request",
                f"{_L}/protocol.py",
                '"ConditionExpression":"attribute_not_exists(#r) AND {when}"',
                '"ConditionExpression":"{when}"',
                "test_two_requests_in_every_order",
            ),
            (
                "one more than there is room for",
                f"{_L}/protocol.py",
                "room = (limits.month if most is None else most) - amount",
                "room = (limits.month if most is None else most)",
                "test_two_requests_in_every_order",
            ),
            (
                "a settlement that is made twice",
                f"{_L}/protocol.py",
                '"ConditionExpression":"attribute_exists(#r.#n)"',
                '"ConditionExpression":"attribute_exists(#n) OR attribute_not_exists(#n)"',
                "test_two_requests_in_every_order",
            ),
            (
                "a guardrail that is asked without room",
                "lambdas/proxy/services/guardrail.py",
                "            room(*most)\n",
                "",
                "test_where_there_is_no_room_the_guardrail_is_not_asked_and_nothing_is_answered",
            ),
            (
                "a longer mask that nothing is reserved for",
                "lambdas/proxy/opening.py",
                "    prepared.size += prepared.grown\n",
                "",
                "test_a_masked_prompt_that_there_is_no_room_for_does_not_reach_the_model",
            ),
            (
                "a lost attempt that counts for nothing",
                "lambdas/proxy/services/call.py",
                "        self.lost += 1\n        return last or self._may()\n",
                "        return last or self._may()\n",
                "test_an_attempt_that_was_lost_after_it_was_sent_is_counted_as_estimated",
            ),
            (
                "another attempt without room",
                "lambdas/proxy/services/call.py",
                "        return last or self._may()\n",
                "        return True\n",
                "test_no_other_attempt_is_made_that_there_is_no_room_for",
            ),
            (
                "several tokens of an event that count as one",
                f"{_L}/received.py",
                "return max(self._events, (self._bytes - self._told * self._least) // BYTES_PER_TOKEN)",
                "return self._events",
                "test_several_tokens_in_one_event_are_estimated_by_their_bytes",
            ),
            (
                "a request that stands in its own way",
                f"{_L}/reservation.py",
                "            limits = limits.under_way()\n",
                "            pass\n",
                "test_nothing_of_one_request_counts_as_another_at_once",
            ),
            (
                "an answer without a ledger",
                f"{_L}/table.py",
                "                    if status < 500 and kind not in _AGAIN:\n"
                "                        raise LedgerUnavailableError(refused=True)\n",
                "                    if status < 500 and kind not in _AGAIN:\n"
                '                        return Wrote(True, {"committed": {"N": "0"}}, doubtful)\n',
                "test_without_the_ledger_nothing_is_answered",
            ),
        )
    ),
)
