"""The lines that keep a team's archive closed, and its promise kept, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_ARCHIVE, _KEPT = "stacks/constructs/prompt_archive.py", "lambdas/proxy/archiving.py"
_PROXY = "tests/lambdas/proxy/test_archive.py"
_CLOSED = "test_nobody_but_the_reader_reads_and_nobody_but_a_proxy_writes"

ARCHIVE = tuple(
    Mutation(f"archive of prompts: {name}", file, old, new, (test,), where)
    for name, file, old, new, test, where in (
        (
            "anybody reads the bucket",
            _ARCHIVE,
            '            _nobody_else("NobodyElseReads", _READ, objects, reader),\n',
            "",
            _CLOSED,
            "tests/stacks",
        ),
        (
            "anybody decrypts",
            _ARCHIVE,
            '            _nobody_else("NobodyElseDecrypts", _DECRYPT, ["*"], reader),\n',
            "",
            _CLOSED,
            "tests/stacks",
        ),
        (
            "somebody deletes",
            _ARCHIVE,
            '            _nobody_else("NobodyDeletes", _UNDO, objects),\n',
            "",
            _CLOSED,
            "tests/stacks",
        ),
        (
            "open once it is given up",
            _ARCHIVE,
            "        self.bucket.policy.apply_removal_policy(RemovalPolicy.RETAIN)\n",
            "",
            "test_what_is_archived_stays_closed_when_the_archive_is_given_up",
            "tests/stacks",
        ),
        (
            "prompts kept twice as long",
            _ARCHIVE,
            "            superseded_days=1,\n",
            "",
            "test_the_bucket_is_locked_for_the_time_of_the_settings_and_under_its_own_key",
            "tests/stacks",
        ),
        (
            "another request's object covered",
            _KEPT,
            'KEY = "{team}/{day}/{id}/{invocation}.json"',
            'KEY = "{team}/{day}/{id}.json"',
            "test_a_client_that_chooses_the_id_of_another_request_covers_nothing",
            _PROXY,
        ),
        (
            "a proxy writes into every archive",
            _ARCHIVE,
            'resource_name=f"{self._team}/*"',
            'resource_name="*"',
            "test_the_proxy_puts_below_its_teams_name_and_decrypts_nothing_of_it",
            "tests/stacks",
        ),
        (
            "reading passes the endpoint",
            "stacks/constructs/archive_policies.py",
            'actions=["s3:PutObject"],',
            'actions=["s3:PutObject", "s3:GetObject"],',
            "test_putting_into_the_named_archive_is_all_that_passes_the_endpoint",
            "tests/stacks",
        ),
        (
            "a stream's first byte leaves before its prompt is archived",
            _KEPT,
            "        if self._archive.refuses and prepared.stream:\n",
            "        if False:\n",
            "test_no_byte_of_a_stream_leaves_before_its_request_is_archived",
            _PROXY,
        ),
        (
            "a record that says written of what was not",
            _KEPT,
            '        self._record.archive = "failed"  # until it is not\n',
            '        self._record.archive = "written"\n',
            "test_a_failure_is_noted_when_the_last_byte_has_left",
            _PROXY,
        ),
    )
)
