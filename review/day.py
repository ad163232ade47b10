"""The day by which waivers stand or have ended."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime


def today() -> date:
    """The day, or that of `SOURCE_DATE_EPOCH`: https://reproducible-builds.org/specs/source-date-epoch/."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC).date() if epoch else datetime.now(UTC).date()
