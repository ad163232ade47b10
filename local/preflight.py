"""`make preflight LOCAL=1`: the look before a deployment, at the embedded AWS that `make up` has started.

The embedded AWS has no bedrock-mantle and no Service Quotas: what is asked of them could not be asked.
"""

from __future__ import annotations

from local import here


def run(*, json: bool = False) -> int:
    """Look at the embedded AWS; return the exit status of `python -m preflight`, 2 when nothing runs here.

    Parameters
    ----------
    json
        Whether to print one JSON document instead of a table.
    """
    return here.ask("preflight", ["--json"] if json else [])
