"""DynamoDB's UpdateItem on items in memory, as strict as AWS about expressions, and no more of it than the kit sends.

It reads the very bytes that the function sends. What AWS refuses is refused here, arithmetic in a condition above all,
which the embedded AWS lets pass
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html).
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

from .tls_server import Peer, Request

Item = dict[str, Any]
_TOKEN = re.compile(r"\s*(#\w+|:\w+|[A-Za-z_]+|<=|>=|<>|[<>=(),.+-])")
_FUNCTIONS = ("attribute_exists", "attribute_not_exists")


class ValidationError(Exception):
    """AWS would answer ValidationException."""


class Memory:
    """A table whose key is ``id``."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    def update(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Apply one UpdateItem; return the status and the answer."""
        request = json.loads(body)
        key = request["Key"]["id"]["S"]
        status, answer, after = apply(body, self.items.get(key))
        if status == 200 and after is not None:
            self.items[key] = after
        return status, answer

    def serve(self, peer: Peer, request: Request) -> None:
        """Answer as DynamoDB does."""
        assert request.headers["x-amz-target"] == "DynamoDB_20120810.UpdateItem"
        status, answer = self.update(request.body)
        peer.reply(json.dumps(answer).encode(), "200 OK" if status == 200 else f"{status} Bad Request")


def apply(body: bytes, before: Item | None) -> tuple[int, dict[str, Any], Item | None]:
    """Return what an UpdateItem answers, and what the item is after it."""
    request = json.loads(body)
    assert request.keys() <= {
        *("TableName", "Key", "UpdateExpression", "ConditionExpression", "ReturnValues"),
        *("ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"),
    }, "the stand-in does not know this parameter"
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    condition, update = tokens(request["ConditionExpression"]), tokens(request["UpdateExpression"])
    used = {*condition, *update}
    unused = [name for name in (*names, *values) if name not in used]
    unknown = [token for token in used if token[0] in "#:" and token not in names and token not in values]
    if unused or unknown:
        raise ValidationError(f"unused {unused}, unknown {unknown}")
    item: Item = deepcopy(before) if before else {}
    if not _Condition(list(condition), item, names, values).read():
        error = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "…"}
        if request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before:
            error["Item"] = before  # type: ignore[assignment]
        return 400, error, before
    touched = _change(list(update), item, names, values)
    item.update(request["Key"])
    kind = request.get("ReturnValues", "NONE")
    shown = item if kind == "ALL_NEW" else {name: item[name] for name in touched if name in item}
    return 200, {"Attributes": deepcopy(shown)} if kind != "NONE" else {}, item


@lru_cache(maxsize=256)
def tokens(text: str) -> tuple[str, ...]:
    """Return an expression's tokens; a condition's are checked as they are read."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValidationError(f"cannot read {text[at:]!r}")
        found.append(match[1])
        at = match.end()
    return tuple(found)


class _Condition:
    """Reads ``ConditionExpression``: comparisons and two functions, with AND and OR, and no arithmetic."""

    def __init__(self, rest: list[str], item: Item, names: dict[str, str], values: dict[str, Any]) -> None:
        self._rest, self._item, self._names, self._values = rest, item, names, values

    def read(self) -> bool:
        held = self._any()
        if self._rest:
            raise ValidationError(f"syntax error at {self._rest[0]!r}: a condition has no arithmetic")
        return held

    def _any(self) -> bool:
        held = self._all()
        while self._rest and self._rest[0] == "OR":
            self._rest.pop(0)
            other = self._all()
            held = held or other
        return held

    def _all(self) -> bool:
        held = self._one()
        while self._rest and self._rest[0] == "AND":
            self._rest.pop(0)
            other = self._one()
            held = held and other
        return held

    def _one(self) -> bool:
        token = self._rest.pop(0)
        if token == "(":
            held = self._any()
            self._expect(")")
            return held
        if token in _FUNCTIONS:
            self._expect("(")
            found = self._path(self._rest.pop(0))
            self._expect(")")
            return (found is not None) == (token == "attribute_exists")
        left = self._operand(token)
        sign = self._rest.pop(0)
        if sign not in ("<", "<=", "="):
            raise ValidationError(f"syntax error at {sign!r}: a condition has no arithmetic")
        right = self._operand(self._rest.pop(0))
        if left is None or right is None:
            return False
        return left < right if sign == "<" else left <= right if sign == "<=" else left == right

    def _operand(self, token: str) -> int | None:
        value = self._values[token] if token.startswith(":") else self._path(token)
        return None if value is None else int(value["N"])

    def _path(self, token: str) -> Any:
        if not token.startswith("#"):
            raise ValidationError(f"{token!r} may be a reserved word: every name is given with '#'")
        found = self._item.get(self._names[token])
        while self._rest and self._rest[0] == ".":
            self._rest.pop(0)
            name = self._names[self._rest.pop(0)]
            found = found["M"].get(name) if found is not None and "M" in found else None
        return found

    def _expect(self, token: str) -> None:
        if self._rest.pop(0) != token:
            raise ValidationError(f"{token!r} is missing")


def _change(rest: list[str], item: Item, names: dict[str, str], values: dict[str, Any]) -> list[str]:
    """Apply an ``UpdateExpression`` of SET, REMOVE and ADD; return the names that it touches."""
    touched: list[str] = []
    kind = ""
    while rest:
        token = rest.pop(0)
        if token in ("SET", "REMOVE", "ADD"):
            kind = token
        elif token != ",":
            name = names[token]
            if name in touched or name == "id":
                raise ValidationError(f"{name} is changed twice, or is the key")
            touched.append(name)
            if kind == "SET":
                if rest.pop(0) != "=":
                    raise ValidationError("SET without '='")
                item[name] = values[rest.pop(0)]
            elif kind == "ADD":
                more = int(values[rest.pop(0)]["N"])
                item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + more)}
            else:
                item.pop(name, None)
    return touched
