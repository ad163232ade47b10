"""A defect for each rule and each claim, which nothing else of the review sees."""

from __future__ import annotations

from tests.review.mutants.claims import CLAIMED
from tests.review.mutants.mutant import Mutant
from tests.review.mutants.notices import NOTICES
from tests.review.mutants.platform import PLATFORM
from tests.review.mutants.team import TEAM
from tests.review.mutants.watching import WATCHING
from tests.review.mutants.wholeness import WHOLENESS

SEEDED: tuple[Mutant, ...] = (*PLATFORM, *TEAM, *WATCHING, *WHOLENESS, *NOTICES, *CLAIMED)
#: Rules whose defect is not in one template: of the manifest, a Region, the whole assembly, or a waiver that is gone.
ELSEWHERE = {
    "default-group-is-closed",
    "platform-refuses-to-be-deleted",
    "project-can-be-made-in-its-region",
    "is-whole",
    # Of a deployment with an archive: `tests/review/test_prompt_archive.py`.
    "prompt-archive-is-acknowledged",
    "prompt-archive-is-closed",
    "prompt-archive-is-read-by-no-caller",
}
