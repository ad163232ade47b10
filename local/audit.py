"""`make audit-verify LOCAL=1` and `make audit-confirm LOCAL=1`: the records of what `make up` has started."""

from __future__ import annotations

import sys

from local import here

if __name__ == "__main__":
    sys.exit(here.ask("tools.audit", sys.argv[1:]))
