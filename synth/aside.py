"""Claims proved by a copy of this process, while this one judges the rules: a review takes half of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from review.deployment import Deployment
from review.proof.claim import Claim, Proof
from review.verdict import prove

__all__ = ["aside"]

#: Seconds that a proof may take: a hundred times what the longest of a deployment of 200 teams takes.
_PATIENCE = 300.0


@contextmanager
def aside(deployment: Deployment, claims: Sequence[Claim]) -> Iterator[Callable[[Claim, Deployment], Proof]]:
    """Begin to prove claims in another process; what is given proves one, or waits for its proof.

    The process is a copy of this one (`fork`), so that nothing is read again: no other thread may run here. Whoever
    waits proves the last of those that were not begun.

    Parameters
    ----------
    deployment
        With its day.
    claims
        Those that will be asked for, in that order.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool, TimeoutError
        Where a proof is asked for: the process ended, or has not ended in time.
    """
    with ProcessPoolExecutor(1, get_context("fork"), _take, (deployment, claims)) as pool:
        begun = {claim.id: pool.submit(_prove, number) for number, claim in enumerate(claims)}
        here: dict[str, Proof] = {}

        def proof(claim: Claim, deployment: Deployment) -> Proof:
            while claim.id not in here and not begun[claim.id].done():
                last = next((other for other in reversed(claims) if _left(begun[other.id])), None)
                if last is None:
                    break
                here[last.id] = prove(last, deployment)
            return here.get(claim.id) or begun[claim.id].result(_PATIENCE)

        try:
            yield proof
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _left(future: Future[Proof]) -> bool:
    return not future.cancelled() and future.cancel()


#: What the copy was made for.
_taken: list[tuple[Deployment, Sequence[Claim]]] = []


def _take(deployment: Deployment, claims: Sequence[Claim]) -> None:
    _taken.append((deployment, claims))


def _prove(number: int) -> Proof:
    deployment, claims = _taken[0]
    return prove(claims[number], deployment)
