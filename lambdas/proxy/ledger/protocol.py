"""The writes by which a budget is kept: each is one conditional write of one item, made whole or not at all.

An item is an account for a month: a team's, or one caller's share of it. It has

- ``committed``: nano-USD that were spent, or may be by a request that is under way. The one number that is compared;
- ``spent``: the part of it that is settled;
- ``r:ID`` for each request under way: what it reserved, and when that expires;
- ``flying``: how many there are, and ``t:MINUTE``: tokens of a minute, where a team has such limits;
- ``m:MODEL#TIER:…``: what was spent for what, which decides nothing.

**Reserve** adds the worst case to ``committed`` if the request has no reservation yet and there is room. **Settle**
takes it away and adds what it was, if the reservation is there still: so it happens once. **Expire** leaves
``committed`` alone, so the estimate counts as spent, and takes the reservation away: nothing is given back afterwards.

A write that is made again, or comes late, finds its reservation there, or gone, and changes nothing. One case is left:
a *reserve* of which no answer came may come after it was settled. So a request that had to ask twice leaves a mark in
place of its reservation until no copy can come any more: AWS takes no signature that is older than 15 minutes
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), and `HELD` is longer.

Conditions have no arithmetic, which DynamoDB does not know there
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html): what has to
be subtracted is subtracted here. Several requests write the same item, and none is turned away for another's sake: a
plain write of one item never conflicts, as transactions on it would.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: Seconds after which a reservation expires: the longest request (15 minutes) and the oldest signature (15), and some.
HELD = 2400
#: Seconds that an item is kept after its month has begun.
KEPT = 400 * 86400

_ALL = '"ReturnValues":"ALL_NEW"'
_ANY = 10**9


class Limits:
    """What an account has room for.

    Attributes
    ----------
    month
        Nano-USD.
    tokens, flying
        Tokens in a minute and requests at once; None: no such limit.
    """

    __slots__ = ("flying", "month", "tokens")

    def __init__(self, month: int, tokens: int | None = None, flying: int | None = None) -> None:
        self.month = month
        self.tokens = tokens
        self.flying = flying

    def under_way(self) -> Limits:
        """Return those for what a request takes that is counted among those at once already: it counts as one more."""
        return Limits(self.month, self.tokens, None if self.flying is None else _ANY)


def month(now: float) -> str:
    """Return the month of a time, UTC: what is reserved in it is settled in it, whenever that is.

    Examples
    --------
    >>> month(1796083199), month(1796083200)
    ('2026-11', '2026-12')
    """
    return time.strftime("%Y-%m", time.gmtime(now))


def minute(now: float) -> str:
    """Return the name of the count of a minute's tokens."""
    return f"t:{int(now) // 60}"


def reserve(
    table: str, key: str, id: str, amount: int, tokens: int, limits: Limits, now: float, *, most: int | None = None
) -> bytes:
    """Return the write that reserves.

    Parameters
    ----------
    table, key
        Which item; the key is JSON already, in quotes.
    id
        The request's: letters, digits and hyphens.
    amount, tokens
        Nano-USD at the most; tokens, as a minute's limit counts them beforehand.
    limits
        The account's.
    now
        Seconds since 1970.
    most
        Nano-USD of the limit that this request may fill, if that is less than all.
    """
    room = (limits.month if most is None else most) - amount
    adds, when = "#c :n", _under("#c", ":room", room)
    names, values = f'"#r":"r:{id}","#c":"committed"', f'":n":{{"N":"{amount}"}},":room":{{"N":"{room}"}}'
    if limits.flying is not None:
        adds, when = f"{adds},#f :one", f"{when} AND {_under('#f', ':flying', limits.flying - 1)}"
        names += ',"#f":"flying"'
        values += f',":one":{{"N":"1"}},":flying":{{"N":"{limits.flying - 1}"}}'
    if limits.tokens is not None:
        room = limits.tokens - tokens
        adds, when = f"{adds},#t :t", f"{when} AND {_under('#t', ':pace', room)}"
        names += f',"#t":"{minute(now)}"'
        values += f',":t":{{"N":"{tokens}"}},":pace":{{"N":"{room}"}}'
    held = f'{{"M":{{"n":{{"N":"{amount}"}},"e":{{"N":"{int(now) + HELD}"}}}}}}'
    return (
        f'{{"TableName":"{table}","Key":{{"id":{{"S":{key}}}}},"UpdateExpression":"SET #r=:r ADD {adds}",'
        f'"ConditionExpression":"attribute_not_exists(#r) AND {when}","ExpressionAttributeNames":{{{names}}},'
        f'"ExpressionAttributeValues":{{":r":{held},{values}}},"ReturnValues":"UPDATED_NEW",'
        '"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}'
    ).encode()


def _under(name: str, value: str, room: int) -> str:
    """What is not there yet is nothing, so there is room for whatever the limit has room for at all."""
    return f"{name}<={value}" if room < 0 else f"(attribute_not_exists({name}) OR {name}<={value})"


def settle(
    table: str,
    key: str,
    id: str,
    reserved: int,
    spent: int,
    now: float,
    *,
    limits: Limits,
    tokens: int = 0,
    marked: bool = False,
    counts: Mapping[str, int] | None = None,
    stale: Sequence[str] = (),
) -> bytes:
    """Return the write that settles.

    Parameters
    ----------
    reserved, spent
        Nano-USD.
    tokens
        That the minute of now takes more (less, if below 0) than were counted beforehand.
    marked
        Whether a copy of the reservation may still come: a mark is left until it expires.
    counts
        What was spent for what, by the attribute that it is added to.
    stale
        Attributes that decide nothing any more, and are taken away: minutes that are over.
    """
    sets, removes, adds = "#x=:x", [] if marked else ["#r"], "#c :d,#s :s"
    if marked:
        sets += ",#r=:r"
    names = f'"#r":"r:{id}","#c":"committed","#s":"spent","#n":"n","#x":"expires"'
    values = f'":d":{{"N":"{spent - reserved}"}},":s":{{"N":"{spent}"}},":x":{{"N":"{int(now) + KEPT}"}}' + (
        f',":r":{{"M":{{"e":{{"N":"{int(now) + HELD}"}}}}}}' if marked else ""
    )
    if limits.flying is not None:
        adds, names, values = f"{adds},#f :m", f'{names},"#f":"flying"', f'{values},":m":{{"N":"-1"}}'
    if limits.tokens is not None and tokens:
        adds, names = f"{adds},#t :t", f'{names},"#t":"{minute(now)}"'
        values += f',":t":{{"N":"{tokens}"}}'
    for at, (name, count) in enumerate((counts or {}).items()):
        adds, names = f"{adds},#k{at} :k{at}", f'{names},"#k{at}":"{name}"'
        values += f',":k{at}":{{"N":"{count}"}}'
    for at, name in enumerate(stale):
        removes.append(f"#o{at}")
        names += f',"#o{at}":"{name}"'
    removed = f" REMOVE {','.join(removes)}" if removes else ""
    return (
        f'{{"TableName":"{table}","Key":{{"id":{{"S":{key}}}}},"UpdateExpression":"SET {sets}{removed} ADD {adds}",'
        f'"ConditionExpression":"attribute_exists(#r.#n)","ExpressionAttributeNames":{{{names}}},'
        f'"ExpressionAttributeValues":{{{values}}},{_ALL}}}'
    ).encode()


def expire(table: str, key: str, name: str, amount: int | None, now: float, *, limits: Limits) -> bytes:
    """Return the write that takes a reservation away that nobody has settled, or a mark that is not needed any more.

    Parameters
    ----------
    name
        Its attribute.
    amount
        What it reserved, and now counts as spent; None: it is a mark.
    now
        Of the clock here. One that is ahead takes away what may yet be settled: then the estimate stands.
    """
    names, values, adds = f'"#r":"{name}","#e":"e","#n":"n"', f'":now":{{"N":"{int(now)}"}}', ""
    when = "#r.#e<=:now AND attribute_not_exists(#r.#n)"
    if amount is not None:
        when, adds = "#r.#e<=:now AND #r.#n=:n", " ADD #s :n"
        names += ',"#s":"spent"'
        values += f',":n":{{"N":"{amount}"}}'
        if limits.flying is not None:
            adds, names, values = f"{adds},#f :m", f'{names},"#f":"flying"', f'{values},":m":{{"N":"-1"}}'
    return (
        f'{{"TableName":"{table}","Key":{{"id":{{"S":{key}}}}},"UpdateExpression":"REMOVE #r{adds}",'
        f'"ConditionExpression":"{when}","ExpressionAttributeNames":{{{names}}},'
        f'"ExpressionAttributeValues":{{{values}}},{_ALL}}}'
    ).encode()


def readable(item: Mapping[str, Any]) -> bool:
    """Whether what DynamoDB gave is an account, so that its numbers can be read.

    Examples
    --------
    >>> readable({"committed": {"N": "12"}, "r:x": {"M": {"e": {"N": "1"}}}}), readable({"committed": {"S": "12"}})
    (True, False)
    """
    try:
        for name, value in item.items():
            if name.startswith("r:"):
                int(value["M"]["e"]["N"]) + int(value["M"].get("n", {"N": "0"})["N"])
            elif name != "id":
                int(value["N"])
                if name.startswith("t:"):
                    int(name[2:])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def number(item: Mapping[str, Any], name: str) -> int:
    """Return a number of an item as DynamoDB writes it; 0 if it is not there.

    Examples
    --------
    >>> number({"committed": {"N": "12"}}, "committed"), number({}, "committed")
    (12, 0)
    """
    found = item.get(name)
    return int(found["N"]) if found else 0


def reserves(item: Mapping[str, Any], id: str) -> bool:
    """Whether an item holds a request's own reservation: a write that was made twice has been made."""
    return "n" in item.get(f"r:{id}", {}).get("M", ())


def overdue(item: Mapping[str, Any], now: float) -> list[tuple[str, int | None]]:
    """Return what has expired: names, with what each had reserved, or None for a mark."""
    found = []
    for name, value in item.items():
        if name.startswith("r:"):
            entry = value["M"]
            if int(entry["e"]["N"]) <= now:
                found.append((name, int(entry["n"]["N"]) if "n" in entry else None))
    return found


def over(item: Mapping[str, Any], now: float) -> list[str]:
    """Return the minutes in an item that are over, and the one before now, whose settlements may yet come, not."""
    least = int(now) // 60 - 1
    return [name for name in item if name.startswith("t:") and int(name[2:]) < least]
