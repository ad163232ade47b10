"""The lines that make the proxy's promises true, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_P, _IMAGES = "lambdas/proxy", "tests/lambdas/proxy/test_images_guarded.py"

PROXY = tuple(
    Mutation(name, file, old, new, (test,), where)
    for name, file, old, new, test, where in (
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
    )
)
