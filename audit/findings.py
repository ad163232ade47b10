"""What a verification can find: each kind with a code, what it is, and what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

__all__ = ["KINDS", "Finding", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Parameters
    ----------
    what
        What was found.
    right
        What would be right, or what to do.
    fault
        Whether the evidence is not whole, or a request's outcome is not known; else it is good to know, and no more.
    """

    what: str
    right: str
    fault: bool = True


#: By code; the codes do not change.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "line_altered": Kind(
            "the hash that the next line has of this one is not this line's",
            "one of the two was altered, or one between them taken away and the numbers changed: compare the archive",
        ),
        "line_missing": Kind(
            "numbers are missing in a chain", "every number is there once: look for it in the archive"
        ),
        "line_twice": Kind("a line is there twice", "every line is there once: one of them is a copy"),
        "line_forked": Kind("two lines have one number", "every number is there once: one of them was made up"),
        "line_misplaced": Kind("a line stands before one that it follows", "lines stand as they were written"),
        "line_not_chained": Kind(
            "a line has no place in any chain", "the functions chain every line: it was put there"
        ),
        "line_unreadable": Kind("a line of the functions' cannot be read", "each is one JSON object"),
        "line_foreign": Kind(
            "a line that neither the functions nor Lambda writes",
            "nothing else is in their log groups, unless Python itself broke down: look at the line",
        ),
        "lines_left": Kind(
            "a file or log stream holds so many lines of nobody's that the rest of it was not looked at",
            "nothing else than the functions and Lambda writes there: find out who did, and verify the rest apart",
        ),
        "line_not_in_schema": Kind(
            "a line is not as docs/schema/record.schema.json says", "the functions write no other: it was altered"
        ),
        "chain_without_start": Kind(
            "a chain begins in its middle", "it begins with a line 'start' of number 0: look for what is before it"
        ),
        "chain_begins_before": Kind(
            "a chain begins before the time that was looked at",
            "look at an earlier time too for all of it",
            fault=False,
        ),
        "chain_of_another": Kind(
            "a line names another deployment, team, function version or log stream than its chain",
            "a chain is what one execution environment writes: two were joined",
        ),
        "chain_open": Kind(
            "a chain has no line 'end': its process runs, was killed, or what came last was cut off",
            "signatures reach as far as is said; 'docs/record.md' says how much can be missing after that",
            fault=False,
        ),
        "chain_goes_on": Kind("a chain goes on after its line 'end'", "nothing but a signature follows it"),
        "signature_wrong": Kind(
            "a signature is not the team's key's of this chain", "what it covers was altered, or another key signed it"
        ),
        "signature_of_another": Kind("a signature names another key than the team's", "the team's own key signs"),
        "signature_mismatched": Kind(
            "a signature is of another hash than that of the line which it names", "lines were altered after signing"
        ),
        "signature_missing": Kind(
            "more lines are without a signature than the function ever leaves",
            "at most 20, and those of one request, unless a line 'unsigned' says why: signatures were taken away",
        ),
        "signature_excused": Kind(
            "more lines are without a signature than the function leaves, and a line 'unsigned' says that KMS failed",
            "whoever can write the log could have made up all of them, that line too: where it is true, CloudTrail has "
            "the calls of Sign that failed, and the metric SigningErrors counts them",
        ),
        "chain_of_nobody": Kind(
            "a chain that nobody signs is of a team without a key, and other teams have theirs",
            "in one deployment all teams' records are signed or none: it was made up, or is of another deployment",
        ),
        "chain_not_signed": Kind(
            "a chain says that nobody signs it, and the team has a key",
            "the team's function signs its chains: it was made up, or is from before the key was there",
        ),
        "signature_failed": Kind(
            "the function could not get a signature when it was due",
            "KMS answers the function: see the reason in the line; the lines are covered by the next signature",
            fault=False,
        ),
        "signature_unchecked": Kind(
            "signatures could not be checked, for want of the team's public key",
            "give it: KEYS=… offline, or credentials that may call kms:GetPublicKey",
        ),
        "request_not_ended": Kind(
            "a request began, and has no record of its end", "its process was killed, or the record was taken away"
        ),
        "request_open": Kind(
            "a request began shortly before the last line, and has no record yet",
            "it may still be answered: look again later",
            fault=False,
        ),
        "request_without_line": Kind(
            "API Gateway passed a request to the function, and the function has no record of it",
            "the record was taken away, or the function was killed before it read the request",
        ),
        "request_without_decision": Kind(
            "API Gateway let a caller with a token in, or refused one, and no authorizer decided on that one before",
            "API Gateway keeps a decision for five minutes: the authorizer's line was taken away",
        ),
        "decision_without_request": Kind(
            "an authorizer decided on a request, and API Gateway has no line of it",
            "API Gateway writes a line of each: it was taken away, or the authorizer was invoked by somebody else",
        ),
        "record_without_event": Kind(
            "the model endpoint answered with an id that no data event of CloudTrail has",
            "CloudTrail records each inference: the event is late, or the record was made up",
        ),
        "event_without_record": Kind(
            "a data event of CloudTrail has an id that no record has",
            "every inference of a team has its record: it was taken away, or somebody called the model past the proxy",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a verification found.

    Parameters
    ----------
    code
        One of `KINDS`.
    where
        File or log stream, and the line in it.
    chain, seq
        Which chain, and the number of the line in it.
    detail
        More about it, in numbers, ids and names alone.
    """

    code: str
    where: str
    chain: str | None = None
    seq: int | None = None
    detail: str = ""

    @property
    def fault(self) -> bool:
        """Whether the evidence is not whole."""
        return KINDS[self.code].fault

    def as_json(self) -> dict[str, object]:
        """Return it with what it means.

        Examples
        --------
        >>> Finding("line_twice", "a.jsonl:7").as_json()["right"]
        'every line is there once: one of them is a copy'
        """
        kind = KINDS[self.code]
        return {**asdict(self), "fault": kind.fault, "what": kind.what, "right": kind.right}
