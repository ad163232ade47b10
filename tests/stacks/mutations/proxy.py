"""The lines that make the proxy's promises true, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_P = "lambdas/proxy"
_IMAGES, _PACE = "tests/lambdas/proxy/test_images_guarded.py", "tests/lambdas/proxy/services/test_pace.py"

_SHOWN, _VERDICTS = "tests/lambdas/proxy/test_shown.py", "tests/lambdas/proxy/test_verdicts.py"

PROXY = tuple(
    Mutation(name, file, old, new, (test,), where)
    for name, file, old, new, test, where in (
        (
            "proxy: escapes of JSON that cannot be read",
            f"{_P}/request/texts.py",
            "return Json(self.holder[self.key])",
            "return str(self.holder[self.key])",
            "test_a_team_may_do_without",
            _SHOWN,
        ),
        (
            "proxy: parts judged together",
            f"{_P}/openai/chat.py",
            "    made.joined(first)\n",
            "",
            "test_parts_are_judged_as_the_model_reads_them",
            _SHOWN,
        ),
        (
            "proxy: disguises undone",
            f"{_P}/release/shown.py",
            "elif not read.plain(texts[at]):",
            "elif False:",
            "test_a_disguise_hides_nothing_in_or_out",
            _SHOWN,
        ),
        (
            "proxy: a stream that looks back across what is not seen",
            f"{_P}/release/windows.py",
            "want = len(window) if last else len(window) - self._reach(window, self._overlap)",
            "want = len(window) if last else len(window) - self._overlap",
            "test_no_window_lets_a_part_of_a_disguised_word_go",
            _SHOWN,
        ),
        (
            "proxy: half a surrogate pair in a verdict",
            f"{_P}/services/guardrail.py",
            "        compact(answer).encode()  # half of a surrogate pair can be read, and not written\n",
            "",
            "test_anything_odd_in_a_verdict_is_a_503_and_no_crash",
            _VERDICTS,
        ),
        (
            "proxy: developers' texts judged as an answer is",
            f"{_P}/services/judge.py",
            'ask("OUTPUT", ours, ())',
            'ask("INPUT", ours, ())',
            "test_prompt_attacks_are_looked_for_in_what_users_and_tools_bring_in",
            _VERDICTS,
        ),
        (
            "proxy: users' texts judged for prompt attacks",
            f"{_P}/services/judge.py",
            'ask("INPUT", theirs, images)',
            'ask("OUTPUT", theirs, images)',
            "test_prompt_attacks_are_looked_for_in_what_users_and_tools_bring_in",
            _VERDICTS,
        ),
        (
            "proxy: where a block is",
            f"{_P}/opening.py",
            'return ContentFilteredError(f"{verdict.blocked} {remedy}", param=path)',
            "return ContentFilteredError(str(verdict.blocked))",
            "test_a_block_says_where_without_another_call",
            _VERDICTS,
        ),
        (
            "proxy: a verdict on images without coverage",
            f"{_P}/services/guardrail.py",
            "        looking.covered(answer, len(images))\n",
            "",
            "test_an_image_that_was_not_looked_at_ends_the_request",
            _IMAGES,
        ),
        (
            "proxy: a coverage of fewer images than were sent",
            f"{_P}/services/looking.py",
            "guarded == total == sent",
            "guarded == total",
            "test_a_coverage_that_does_not_say_so_is_none",
            _IMAGES,
        ),
        (
            "proxy: a coverage of no number",
            f"{_P}/services/looking.py",
            "type(guarded) is int and type(total) is int and guarded ==",
            "guarded ==",
            "test_a_coverage_that_does_not_say_so_is_none",
            _IMAGES,
        ),
        (
            "proxy: images where nothing looks at them",
            f"{_P}/request/policy.py",
            "if prepared.images and not team.image_filter:",
            "if False:",
            "test_where_nothing_looks_at_images_they_are_refused_with_the_reason",
            _IMAGES,
        ),
        (
            "proxy: pictures of any size",
            f"{_P}/app.py",
            "        looking.within(prepared.images)\n",
            "",
            "test_more_pixels_than_the_guardrail_takes_are_refused_before_it_is_asked",
            _IMAGES,
        ),
        (
            "proxy: any number of images in a call",
            f"{_P}/services/looking.py",
            "len(group) == MOST or size + more > BYTES",
            "size + more > BYTES",
            "test_images_are_divided_over_calls_of_twenty_and_four_megabytes",
            _IMAGES,
        ),
        (
            "proxy: a guardrail that is asked at any pace",
            f"{_P}/services/call.py",
            "            if not pace.wait(units, deadline):\n",
            "            if False:\n",
            "test_a_prompt_of_200_000_characters_passes_where_25_units_may_be_read_at_once",
            _PACE,
        ),
        (
            "proxy: a quota that is used up is a fault",
            f"{_P}/services/guardrail.py",
            ", patient=(429,)",
            "",
            "test_eight_users_at_once_who_do_not_know_of_one_another_all_come_to_their_turn",
            _PACE,
        ),
        (
            "proxy: input that can never pass is tried",
            f"{_P}/services/guardrail.py",
            "if most is not None and sum(map(_units, sizes)) > most:",
            "if False:",
            "test_what_can_never_pass_is_a_413_that_says_how_much_would",
            _PACE,
        ),
        (
            "proxy: a refusal that leaves the count as it was",
            f"{_P}/services/call.py",
            "                pace.refused(units)\n",
            "",
            "test_a_refusal_empties_the_count",
            _PACE,
        ),
        (
            "proxy: a bucket without its quota",
            "stacks/constructs/proxy.py",
            '                        "text_units": guardrail.text_units,\n',
            "",
            "test_the_proxys_environment_is_the_contract_and_nothing_else",
            "tests/stacks/test_team.py",
        ),
    )
)
