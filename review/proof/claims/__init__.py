"""The claims, one a module, and all of them in the order in which a report shows them."""

from review.proof.claim import Claim
from review.proof.claims import (
    api_callers,
    endpoints_closed,
    evidence_stays,
    model_calls,
    network_closed,
    nothing_written,
    own_project,
    proxy_paths,
    roles_taken,
    ways_round,
)

CLAIMS: tuple[Claim, ...] = (
    model_calls.CLAIM,
    own_project.CLAIM,
    nothing_written.CLAIM,
    evidence_stays.CLAIM,
    endpoints_closed.CLAIM,
    network_closed.CLAIM,
    api_callers.CLAIM,
    proxy_paths.CLAIM,
    roles_taken.CLAIM,
    ways_round.CLAIM,
)

__all__ = ["CLAIMS", "Claim"]
