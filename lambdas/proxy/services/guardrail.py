"""The guardrail: ApplyGuardrail on bedrock-runtime, before the model and after it. No verdict, no answer.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html

Every text is a content block of its own, and the outputs come back in the order of the blocks, one for each, if the
guardrail masked something, and as one canned message if it blocked. Where that order cannot be relied on (another
number of outputs than of blocks), the blocks are asked about again in halves, down to one by one, where it is certain.
A text that is longer than one call may be is checked in overlapping pieces, as streams are.
"""

from __future__ import annotations

import json
import time
from collections import deque
from functools import partial

from ..core.errors import (
    DeadlineReachedError,
    GuardrailRefusedError,
    GuardrailUnavailableError,
    ProxyError,
    TooLargeError,
)
from ..core.jsontext import compact, parse
from ..core.money import COUNTS
from ..http.client import HttpError
from ..release.verdict import BlockedError, Verdict
from ..release.windows import LARGEST, OVERLAP, UNIT, StuckError, Windows
from ..request.images import as_blocks
from . import looking
from .acted import acted
from .call import Call, Service, Terms
from .pace import Pace
from .together import together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ..core.team import Team
    from ..http.client import Client
    from ..release.masks import Match
    from ..request.images import Image
    from ..request.splice import Bytes
    from .credentials import Credentials
    from .tally import Tally

TERMS = Terms(read_timeout=10.0, longest_retry_after=2.0, statuses=frozenset(range(500, 600)), patient=(429,))
#: Blocks in one call.
BLOCKS = 64
#: Seconds after which to try again, for who did not come to their turn.
BUSY_SECONDS = 30

_ANSWER_LIMIT = 8 * 1024 * 1024
_ACTIONS = ("NONE", "ANONYMIZED", "BLOCKED")
_BLOCKED = "This content was blocked by the guardrail."


class Guardrail:
    """The team's guardrail, in its pinned version."""

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._service = Service(client, credentials, team.region, "bedrock", TERMS)
        self._texts_pace = Pace(team.text_units)
        self._images_pace = Pace([(looking.A_SECOND, looking.A_SECOND)])
        self._host = team.guardrail_host
        self._path = f"/guardrail/{team.guardrail_id}/version/{team.guardrail_version}/apply"

    def warm(self) -> None:
        """Open a connection ahead of the first check."""
        self._service.warm(self._host)

    def check(
        self, source: str, texts: Sequence[str], images: Sequence[Image] = (), *, tally: Tally, deadline: float
    ) -> Verdict:
        """Return the verdict on some texts and images.

        Parameters
        ----------
        source
            ``INPUT`` or ``OUTPUT``.
        tally
            Is added to.
        deadline
            Monotonic time in seconds.

        Raises
        ------
        GuardrailUnavailableError
            If there is no verdict.
        TooLargeError
            If an input is more than the account's quota lets through before the deadline.
        """
        masked: list[str | None] = [None] * len(texts)
        matches: list[Match] = []
        batches = list(_batches(texts))
        if source == "INPUT":
            self._can_pass([sum(len(piece) for _, piece in batch) for batch in batches], deadline)
        jobs: list[Callable[[], list[str | None]]] = []
        for batch in batches:
            jobs.append(partial(self._batch, source, batch, matches, tally, deadline))
        first = len(texts)
        for group in looking.groups(images):
            jobs.append(partial(self._images, source, group, first, tally, deadline))
            first += len(group)
        try:
            results = together(jobs)
            for batch, result in zip(batches, results, strict=False):  # the results of images come after
                for (at, piece), found in zip(batch, result, strict=True):
                    if found is None:
                        continue
                    if len(piece) == len(texts[at]):
                        masked[at] = found
                    elif masked[at] is None:
                        masked[at] = self._long(source, at, texts[at], matches, tally, deadline)
        except BlockedError as blocked:
            return Verdict(blocked.message, masked, where=blocked.where, words=blocked.words)
        return Verdict(None, masked, matches)

    def _batch(
        self, source: str, batch: list[tuple[int, str]], matches: list[Match], tally: Tally, deadline: float
    ) -> list[str | None]:
        try:
            return self._texts(source, [piece for _, piece in batch], matches, tally, deadline)
        except BlockedError as blocked:
            raise BlockedError(blocked.message, blocked.words, [at for at, _ in batch]) from None

    def _texts(
        self, source: str, texts: list[str], matches: list[Match], tally: Tally, deadline: float
    ) -> list[str | None]:
        answer = self._apply([_written(source, texts)], tally, deadline, texts)
        found = _masked(answer, texts)
        if found is not None:
            matches.extend(_matches(answer.get("assessments")))
            return found
        if len(texts) == 1:
            raise BlockedError(_BLOCKED)  # an intervention of no known form
        half = len(texts) // 2
        return [
            *self._texts(source, texts[:half], matches, tally, deadline),
            *self._texts(source, texts[half:], matches, tally, deadline),
        ]

    def _images(
        self, source: str, images: Sequence[Image], first: int, tally: Tally, deadline: float
    ) -> list[str | None]:
        answer = self._apply(as_blocks({"source": source}, images), tally, deadline, images=len(images))
        if answer["action"] != "NONE":
            raise BlockedError(_BLOCKED, where=range(first, first + len(images)))  # an image has no masked form
        looking.covered(answer, len(images))
        return []

    def _long(self, source: str, at: int, text: str, known: list[Match], tally: Tally, deadline: float) -> str:
        """Return the masked form of a text that is longer than one call may be."""
        windows = Windows(delay=None)
        windows.feed(text)
        windows.close()
        out = []
        try:
            while (window := windows.due(0.0)) is not None:
                matches: list[Match] = []
                found = self._texts(source, [window], matches, tally, deadline)
                out.append(windows.settle(found[0], matches))
                known.extend(matches)
        except StuckError:
            raise BlockedError(_BLOCKED, where=(at,)) from None
        except BlockedError as blocked:
            raise BlockedError(blocked.message, blocked.words, (at,)) from None
        return "".join(out)

    def _can_pass(self, sizes: list[int], deadline: float) -> None:
        most = self._texts_pace.most(deadline - time.monotonic())
        if most is not None and sum(map(_units, sizes)) > most:
            raise TooLargeError(
                f"This input has {sum(sizes):,} characters. The guardrail reads them no faster than the quota of the "
                f"account lets it, and {most * UNIT:,} characters are the most that can pass in the time of one "
                "request. Send less at once, or have the quota raised.",
                code="input_too_large_for_guardrail",
            )

    def _apply(
        self, body: list[Bytes], tally: Tally, deadline: float, texts: Sequence[str] = (), images: int = 0
    ) -> dict[str, Any]:
        headers = [("content-type", "application/json"), ("accept", "application/json")]
        units = images or _units(sum(map(len, texts)))
        call, room = Call(), tally.room
        if room is not None:
            most = (0, images) if images else (units, 0)
            room(*most)
            call.may = partial(_may, room, *most)
        started = time.monotonic()
        try:
            response, data = self._service.send(
                "POST",
                self._host,
                self._path,
                headers,
                body,
                call=call,
                deadline=deadline,
                limit=_ANSWER_LIMIT,
                pace=self._images_pace if images else self._texts_pace,
                units=units,
            )
        except (HttpError, DeadlineReachedError):
            raise _silent() from None
        finally:
            tally.calls += call.attempts
            tally.throttled += call.throttled
            if call.lost:  # and may have been charged
                tally.charged.append(("images" if images else "", units * call.lost))
            tally.seconds += time.monotonic() - started
        if response.status == 200:
            return _parse(data, texts, tally)
        if response.status == 429:
            tally.throttled += 1
            raise GuardrailUnavailableError(
                "The guardrail is asked for more than the quota of the account allows, and this request has not come "
                "to its turn in its time. Nothing is answered without it. Try again later.",
                retry_after=BUSY_SECONDS,
            )
        if 400 <= response.status < 500 and response.status != 408:
            raise GuardrailRefusedError(response.status)
        raise _silent()


def _may(room: Callable[[int, int], None], units: int, images: int) -> bool:
    """Whether there is room for the same call once more."""
    try:
        room(units, images)
    except ProxyError:
        return False
    return True


def _written(source: str, texts: Sequence[str]) -> bytes:
    return compact({"source": source, "content": [{"text": {"text": text}} for text in texts]}).encode()


def _units(characters: int) -> int:
    """Return the text units of a call: of all its texts together, as its usage says, and one at the least."""
    return max(1, -(-characters // UNIT))


def _silent() -> GuardrailUnavailableError:
    return GuardrailUnavailableError("The guardrail did not answer, and nothing is answered without it. Try again.")


def _batches(texts: Sequence[str]) -> Iterator[list[tuple[int, str]]]:
    """Divide texts over calls, each under the limits of one; a longer text in pieces that overlap."""
    batch: list[tuple[int, str]] = []
    size = 0
    for at, text in enumerate(texts):
        for piece in _pieces(text):
            if batch and (size + len(piece) > LARGEST or len(batch) == BLOCKS):
                yield batch
                batch, size = [], 0
            batch.append((at, piece))
            size += len(piece)
    if batch:
        yield batch


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= LARGEST:
        if text:
            yield text
        return
    for start in range(0, len(text) - OVERLAP, LARGEST - OVERLAP):
        yield text[start : start + LARGEST]


def _parse(data: bytes, texts: Sequence[str], tally: Tally) -> dict[str, Any]:
    try:
        answer = parse(data.decode(), _STRICT)
        compact(answer).encode()  # half of a surrogate pair can be read, and not written
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(answer, dict) or answer.get("action") not in ("NONE", "GUARDRAIL_INTERVENED"):
        raise _unreadable()
    if not all(isinstance(answer.get(name) or [], list) for name in ("outputs", "assessments")):
        raise _unreadable()
    looking.read(answer)
    done = any(finding["action"] != "NONE" for finding in _findings(answer.get("assessments")))
    if answer["action"] == "NONE" and (_contradicts(answer, texts) or done):
        raise _unreadable()  # it says that it did nothing, and what it did
    if answer["action"] != "NONE":
        tally.acted[tally.side] |= acted(answer.get("assessments"))
    usage = answer.get("usage")
    if isinstance(usage, dict):
        counts = [n for n in usage.values() if isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**31]
        tally.units += max(counts, default=0)
        tally.charged += [(COUNTS[name], n) for name, n in usage.items() if name in COUNTS and type(n) is int and n > 0]
    else:
        tally.charged.append(("", _units(sum(map(len, texts)))))
    return answer


def _unreadable() -> GuardrailUnavailableError:
    return GuardrailUnavailableError("The guardrail's verdict could not be read, and nothing is answered without one.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError  # two readers of it may each see another verdict
    return made


def _no_constant(_: str) -> float:
    raise ValueError


_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _outputs(answer: dict[str, Any]) -> list[Any]:
    return [item.get("text") if isinstance(item, dict) else None for item in answer.get("outputs") or ()]


def _contradicts(answer: dict[str, Any], texts: Sequence[str]) -> bool:
    found = _outputs(answer)
    return bool(found) and found != list(texts)


def _blocked_words(answer: dict[str, Any]) -> list[str] | None:
    """Return what it blocked, in small letters, as far as it says so; None if it says that it blocked nothing."""
    blocked = [finding for finding in _findings(answer.get("assessments")) if finding["action"] == "BLOCKED"]
    if not blocked:
        return None
    words = [finding.get("match") for finding in blocked]
    return [word.casefold() for word in words if isinstance(word, str) and word]


def _masked(answer: dict[str, Any], texts: list[str]) -> list[str | None] | None:
    """Return the texts that were masked (None for those that were not), or None if that cannot be told.

    Raises
    ------
    BlockedError
        If any of them was blocked.
    """
    if answer["action"] == "NONE":
        return [None] * len(texts)
    found, words = _outputs(answer), _blocked_words(answer)
    actions = [finding["action"] for finding in _findings(answer.get("assessments"))]
    if words is not None or "ANONYMIZED" not in actions or not all(action in _ACTIONS for action in actions):
        # An intervention that is not known to be a mask is a block.
        message = found[0] if len(found) == 1 and isinstance(found[0], str) and found[0] else _BLOCKED
        raise BlockedError(message, words or ())
    if len(found) != len(texts) or not all(isinstance(text, str) for text in found):
        return None
    return [None if new == old else new for new, old in zip(found, texts, strict=True)]


def _matches(value: Any) -> Iterator[Match]:
    """Return what was masked: an entity by the name of its type, a regular expression's match by that of the filter."""
    for finding in _findings(value):
        name, span = finding.get("type") or finding.get("name"), finding.get("match")
        if finding["action"] == "ANONYMIZED" and isinstance(name, str) and isinstance(span, str):
            yield f"{{{name}}}", span


def _findings(value: Any) -> Iterator[dict[str, Any]]:
    waiting = deque([value])  # not by calling itself: whoever nests deep enough would end it
    while waiting:
        found = waiting.popleft()
        if isinstance(found, dict):
            if "action" in found:
                yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
