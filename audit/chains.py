"""Segments put together to chains, wherever their lines were found, and what can be said of whole chains alone."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from audit.findings import Finding
from audit.segments import Chunk, Head, Segment, unended
from audit.signatures import Keys, Unknown, statement

__all__ = ["BOUND", "Chains"]

#: Lines that the function leaves unsigned at the most: 20 (`lambdas.proxy.audit.signing.LINES`), and what one request,
#: a notice of retention and a crash add before the next signature.
BOUND = 20 + 6
#: Lines that it leaves without any signature at all: its start, the first request, after which one is due at once, the
#: beginning of the next, and notices.
FIRST = 8
#: Time after a signature from which on the next request is followed by one (`lambdas.proxy.audit.signing.SECONDS`).
DUE = timedelta(seconds=30)
#: How long a request may take, as Lambda ends it.
LONGEST = timedelta(minutes=15)


class Chains:
    """The chains that have been read so far.

    Parameters
    ----------
    keys
        The teams' public keys.
    since
        Lines from before this time are known to be left out; empty: none are.
    """

    def __init__(self, keys: Keys, *, since: str = "") -> None:
        self._keys = keys
        self._since = since
        self._chains: dict[str, list[Segment]] = {}
        self._starts: dict[str, set[str]] = {}
        self._unchecked: set[str] = set()
        self.findings: list[Finding] = []
        self.signatures = 0
        self.unsigned = 0
        self.newest = ""

    def __len__(self) -> int:
        return len(self._chains)

    def add(self, chunk: Chunk) -> None:
        """Take what was read of some lines."""
        self.findings += chunk.findings
        for head in chunk.heads:
            self._check(head)
        for segment in chunk.segments:
            self.newest = max(self.newest, segment.time)
            self._insert(segment)

    def _check(self, head: Head) -> None:
        line = head.line
        try:
            id, team, arn = line["chain"]["id"], line["team"], line["key"]
            said, signature = statement(line), line["signature"]
        except (KeyError, TypeError, ValueError):
            return  # it is not in the schema, which is said already
        if not all(isinstance(text, str) for text in (team, line["start"], arn, signature)):
            return  # nor is this
        self._starts.setdefault(id, set()).add(line["start"])
        self.signatures += 1
        known = self._keys.arns.get(team)
        if known and arn not in known:
            self.findings.append(Finding("signature_of_another", head.where, id, head.seq, str(arn)))
            return
        try:
            if not self._keys.signed(team, said, signature):
                self.findings.append(Finding("signature_wrong", head.where, id, head.seq))
        except Unknown:
            if team not in self._unchecked:
                self._unchecked.add(team)
                self.findings.append(Finding("signature_unchecked", head.where, detail=f"team {team}"))

    def _insert(self, new: Segment) -> None:
        segments = self._chains.setdefault(new.chain, [])
        at = bisect_left(segments, new.first, key=lambda segment: segment.first)
        segments.insert(at, new)
        for place in (at, at - 1):
            while 0 <= place < len(segments) - 1 and segments[place + 1].first <= segments[place].last + 1:
                self._join(segments[place], segments[place + 1])
                del segments[place + 1]

    def _join(self, left: Segment, right: Segment) -> None:
        """Make one segment of two, the second of which begins where the first ends, or before."""
        if right.first <= left.last:
            self._overlap(left, right)
            if right.last <= left.last:
                return
        elif right.previous != left.hash:
            self.findings.append(Finding("line_altered", left.last_where, left.chain, left.last))
        for name in ("team", "whose"):
            mine, theirs = getattr(left, name), getattr(right, name)
            if mine is not None and theirs is not None and mine != theirs:
                self.findings.append(Finding("chain_of_another", right.where, left.chain, right.first, name))
            setattr(left, name, theirs if mine is None else mine)
        if left.ended is not None and right.works:
            self.findings.append(Finding("chain_goes_on", right.where, left.chain, right.first))
        known = dict(left.recent)
        for head in right.waiting:
            hash = known.get(head.line["signed"]["seq"])
            if hash is None:
                left.waiting.append(head)
            elif hash != head.line["signed"].get("hash"):
                self.findings.append(Finding("signature_mismatched", head.where, left.chain, head.seq))
        self._requests(left, right)
        left.start = left.start or right.start
        left.signs = right.signs if left.signs is None else left.signs
        left.ended = left.ended if right.ended is None else right.ended
        left.failed = right.failed if right.failed is not None else left.failed
        left.signed, left.works = max(left.signed, right.signed), left.works or right.works
        left.last, left.hash, left.last_where = right.last, right.hash, right.last_where
        left.time, left.done = max(left.time, right.time), max(left.done, right.done)
        left.recent.extend(right.recent)

    def _overlap(self, left: Segment, right: Segment) -> None:
        known = dict(left.recent)
        differs = any(number in known and known[number] != hash for number, hash in right.recent)
        last = min(left.last, right.last)
        code = "line_forked" if differs else "line_twice"
        self.findings.append(
            Finding(
                code, right.where, left.chain, right.first, f"numbers {right.first} to {last}, also in {left.where}"
            )
        )

    def _requests(self, left: Segment, right: Segment) -> None:
        if not right.asked:
            return
        if left.open is not None and left.open[0] != right.answered:
            self.findings.append(unended(left.chain, left.open))
        left.open, left.asked = right.open, True

    def finish(self) -> None:
        """Say what can be said when everything has been read."""
        for id, segments in self._chains.items():
            self._finish(id, segments)

    def _finish(self, id: str, segments: list[Segment]) -> None:
        first, last = segments[0], segments[-1]
        for before, after in pairwise(segments):
            missing = f"numbers {before.last + 1} to {after.first - 1}"
            self.findings.append(Finding("line_missing", before.last_where, id, before.last + 1, missing))
            if before.open is not None and before.open[0] != after.answered:
                self.findings.append(unended(id, before.open))
        if first.first == 0 and first.start is not None:
            if self._starts.get(id, {first.start}) != {first.start}:
                self.findings.append(Finding("chain_of_another", first.where, id, 0, "start"))
        elif first.first != 0 and self._since:
            self.findings.append(Finding("chain_begins_before", first.where, id, first.first))
        else:
            self.findings.append(Finding("chain_without_start", first.where, id, first.first))
        signed = max(segment.signed for segment in segments)
        team = next((segment.team for segment in segments if segment.team), None)
        # What a chain says of itself in its first line, where that is there; else what is known of its team.
        signs = any(segment.signs for segment in segments) or (first.first != 0 and bool(self._keys.of(team)))
        self._heads(segments)
        unsigned = last.last - signed
        failed = any(segment.failed is not None and segment.failed > signed for segment in segments)
        if not signs and self._keys.of(team) and first.first == 0:
            self.findings.append(Finding("chain_not_signed", first.where, id, 0, f"team {team}"))
        elif not signs and self._keys.by_team and not self._keys.of(team):
            self.findings.append(Finding("chain_of_nobody", first.where, id, first.first, f"team {team}"))
        elif signs and self._too_many(segments, unsigned, never=signed < 0 and first.first == 0):
            # A line 'unsigned' says why, and whoever made up the lines after the last signature made up that one too.
            code = "signature_excused" if failed else "signature_missing"
            self.findings.append(Finding(code, last.last_where, id, last.last, f"{unsigned} lines"))
        if signs:
            # Beside the line that the last signature stands in.
            self.unsigned += max(0, last.last - signed - 1) if signed >= 0 else last.last - first.first + 1
        if all(segment.ended is None for segment in segments):
            reach = f"last line {last.last}, {last.time}" + (f"; signed to {signed}" if signs else "")
            self.findings.append(Finding("chain_open", last.last_where, id, last.last, reach))
        if last.open is not None:
            recent = self._recent(last.open[3]) and not any(s.ended for s in segments)
            found = unended(id, last.open)
            self.findings.append(Finding("request_open", found.where, id, found.seq, found.detail) if recent else found)

    def _heads(self, segments: list[Segment]) -> None:
        """Say of signatures that none of the lines shortly before them is the one that is signed."""
        for head in (head for segment in segments for head in segment.waiting):
            if head.line["signed"]["seq"] >= segments[0].first:
                self.findings.append(Finding("signature_mismatched", head.where, segments[0].chain, head.seq))

    def _too_many(self, segments: list[Segment], unsigned: int, *, never: bool) -> bool:
        """Whether the function leaves fewer lines without a signature; ``never``: there is none in the whole chain."""
        if not never:
            return unsigned > BOUND or self._is_due(segments)
        asked = any(segment.asked for segment in segments)
        return unsigned > FIRST or (asked and not self._recent(segments[-1].time))

    def _is_due(self, segments: list[Segment]) -> bool:
        """Whether a chain that begins before the time that is looked at has no signature where one was due by then.

        Else a few lines without a beginning, which anybody can make, would pass for the end of such a chain.
        """
        if segments[0].first == 0 or not self._since or any(segment.signed >= 0 for segment in segments):
            return False
        done = max(segment.done for segment in segments)
        return bool(done) and _moment(done) >= _moment(self._since) + DUE and not self._recent(done)

    def _recent(self, stamp: str) -> bool:
        return _moment(self.newest) - _moment(stamp) <= LONGEST


def _moment(stamp: str) -> datetime:
    try:
        found = datetime.fromisoformat(stamp)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromisoformat("1970-01-01T00:00:00Z")
