"""Letters that are not of ASCII are read in runs; what comes of it is what comes of reading them one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.proxy.release import reading
from lambdas.proxy.release.letters import Letters
from lambdas.proxy.release.lookalikes import LOOKALIKES

#: Of each kind that is read otherwise: look-alikes, loose ones, letters of their own, marks, Turkish, wide and drawn
#: letters, tags, signs of no width, and what stands between.
_LETTERS = st.one_of(
    st.sampled_from(sorted(LOOKALIKES)),
    st.sampled_from(
        "\u0430\u0431\u0432\u0433\u0434\u0436\u0442\u0443\u043a\u043c\u0449\u044e\u043f\u0440\u0441\u043e\u0435\u044f"
    ),
    st.sampled_from("e\u0301\u0336\u20dd\u0131\u0130\u011f\u015f\u00df\ufb01\u2163\u00b2\u00f8"),
    st.sampled_from("\uff21\uff42\uff20\U0001d400\u24d0\u249c\U0001f15f\U0001f1e6\U000e0041\U000e0042"),
    st.sampled_from("\u200b\u00ad\u4eca\u597d\u3002\u3001\u0627\u0651\u0e01\u0e34\u093f"),
    st.sampled_from("abcAZ019 ._@-\n\\u0041"),
)
_TEXTS = st.lists(_LETTERS, max_size=40).map("".join)


@given(_TEXTS)
@settings(max_examples=300)
def test_a_run_reads_as_its_letters_do(text: str) -> None:
    in_runs = [view.text for view in reading.forms(text)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Letters, "places", Letters._one_by_one)
        assert [view.text for view in reading.forms(text)] == in_runs


@given(_TEXTS, st.data())
@settings(max_examples=100)
def test_where_a_run_came_from_is_known_to_the_letter(text: str, data: st.DataObject) -> None:
    for view in reading.forms(text):
        at = data.draw(st.integers(0, len(view.text) - 1)) if view.text else 0
        if view.text:
            start, end = view.back(at, at + 1)
            assert 0 <= start <= end <= len(text)
