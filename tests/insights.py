"""The part of CloudWatch Logs Insights' language that the kit's queries use, run on lines of JSON.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html

There is no engine outside of AWS. This one knows `fields`, `filter`, `parse` (with `*`), `stats … by`, `sort` and
`limit`, and refuses whatever else it is given, so that a query that it runs is made of nothing that it had to guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

Row = dict[str, Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\")|(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<span>\d+[smhd]\b)"
    r"|(?P<name>[@A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|=~|[=<>(),*\[\]]))"
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class QueryError(ValueError):
    """A query has something that is not known here."""


def run(query: str, lines: Iterable[str]) -> list[Row]:
    """Return the rows that a query finds in lines of JSON.

    Raises
    ------
    QueryError
        If it has something that is not known here.

    Examples
    --------
    >>> run('filter n > 1 | stats sum(n) as all by kind | sort all desc', ['{"n":2,"kind":"a"}', '{"n":1,"kind":"a"}'])
    [{'kind': 'a', 'all': 2.0}]
    """
    rows = [_flat(json.loads(line)) for line in lines]
    for stage in _stages(query):
        reader = _Reader(stage)
        command = reader.take("name")
        if command not in _COMMANDS:
            raise QueryError(f"{command} is no command that is known")
        rows = _COMMANDS[command](reader, rows)
        reader.end()
    return rows


def _flat(value: Any, above: str = "") -> Row:
    found: Row = {}
    for name, item in value.items():
        found |= _flat(item, f"{above}{name}.") if isinstance(item, dict) else {f"{above}{name}": item}
    return found


def _stages(query: str) -> list[str]:
    return [stage.strip() for stage in re.split(r"\|(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", query)]


class _Reader:
    """The words of one command."""

    def __init__(self, text: str) -> None:
        self._words: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise QueryError(f"{text[at:].strip()[:20]!r} is not known")
            kind = str(found.lastgroup)
            self._words.append((kind, found[kind]))
            at = found.end()

    def peek(self) -> str:
        return self._words[0][1] if self._words else ""

    def take(self, *kinds: str) -> str:
        if not self._words or self._words[0][0] not in kinds:
            raise QueryError(f"{' or '.join(kinds)} is due where {self.peek() or 'the end'!r} stands")
        return self._words.pop(0)[1]

    def accept(self, *words: str) -> bool:
        if self.peek() in words:
            self._words.pop(0)
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise QueryError(f"{word!r} is due where {self.peek() or 'the end'!r} stands")

    def end(self) -> None:
        if self._words:
            raise QueryError(f"{self.peek()!r} is not known here")

    def listed(self, one: Callable[[], Any]) -> list[Any]:
        found = [one()]
        while self.accept(","):
            found.append(one())
        return found


def _literal(reader: _Reader) -> Any:
    word = reader.take("text", "number")
    return word[1:-1] if word.startswith('"') else float(word)


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _compare(left: Any, sign: str, right: Any) -> bool:
    if left is None:
        return sign == "!=" and right is not None
    pair = (_number(left), _number(right)) if isinstance(right, float | int) else (str(left), str(right))
    if pair[0] is None or pair[1] is None:
        return sign == "!="
    less, same = pair[0] < pair[1], pair[0] == pair[1]  # type: ignore[operator]
    return {"=": same, "!=": not same, "<": less, "<=": less or same, ">": not (less or same), ">=": not less}[sign]


def _condition(reader: _Reader) -> Callable[[Row], bool]:
    found = [_all(reader)]
    while reader.accept("or"):
        found.append(_all(reader))
    return lambda row: any(one(row) for one in found)


def _all(reader: _Reader) -> Callable[[Row], bool]:
    found = [_one(reader)]
    while reader.accept("and"):
        found.append(_one(reader))
    return lambda row: all(one(row) for one in found)


def _one(reader: _Reader) -> Callable[[Row], bool]:
    if reader.accept("not"):
        inner = _one(reader)
        return lambda row: not inner(row)
    if reader.accept("("):
        inner = _condition(reader)
        reader.expect(")")
        return inner
    name = reader.take("name")
    if name == "ispresent":
        reader.expect("(")
        field = reader.take("name")
        reader.expect(")")
        return lambda row: row.get(field) is not None
    if reader.accept("in"):
        reader.expect("[")
        values = reader.listed(lambda: _literal(reader))
        reader.expect("]")
        return lambda row: any(_compare(row.get(name), "=", value) for value in values)
    sign = reader.take("sign")
    if sign not in ("=", "!=", "<", "<=", ">", ">="):
        raise QueryError(f"{sign!r} is no comparison that is known")
    if reader.peek() and not reader.peek()[0].isalpha():
        value = _literal(reader)
        return lambda row: _compare(row.get(name), sign, value)
    other = reader.take("name")
    return lambda row: _compare(row.get(name), sign, row.get(other))


def _value(reader: _Reader) -> Callable[[Row], Any]:
    name = reader.take("name")
    if not reader.accept("("):
        return lambda row: row.get(name)
    if name == "strcontains":
        inner = _value(reader)
        reader.expect(",")
        text = str(_literal(reader))
        reader.expect(")")
        return lambda row: int(text in str(inner(row) or ""))
    if name == "bin":
        span = reader.take("span")
        reader.expect(")")
        seconds = int(span[:-1]) * _SECONDS[span[-1]]
        return lambda row: int(datetime.fromisoformat(row["time"]).timestamp()) // seconds * seconds
    raise QueryError(f"{name} is no function that is known")


def _percentile(values: list[float], percent: float) -> float:
    """By nearest rank; AWS's own is an approximation."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(percent * len(ordered)) // 100) - 1)]


_OF: Mapping[str, Callable[[list[Any]], Any]] = {
    "sum": lambda values: sum(map(float, values)),
    "avg": lambda values: sum(map(float, values)) / len(values),
    "min": min,
    "max": max,
    "latest": lambda values: values[-1],
}


def _aggregate(reader: _Reader) -> tuple[str, Callable[[list[Row]], Any]]:
    name = reader.take("name")
    reader.expect("(")
    found: Callable[[list[Row]], Any]
    if name == "count":
        reader.expect("*")
        found = len
    elif name in (*_OF, "pct"):
        value = _value(reader)
        of = _OF.get(name)
        if of is None:
            reader.expect(",")
            percent = float(reader.take("number"))
            of = lambda values: _percentile(values, percent)  # noqa: E731
        chosen = of

        def found(rows: list[Row]) -> Any:
            values = [each for each in map(value, rows) if each is not None]
            return chosen(values) if values else None

    else:
        raise QueryError(f"{name} is no aggregate that is known")
    reader.expect(")")
    reader.expect("as")  # a column without a name of its own is a column that nothing can name
    return reader.take("name"), found


def _stats(reader: _Reader, rows: list[Row]) -> list[Row]:
    columns = reader.listed(lambda: _aggregate(reader))
    keys: list[tuple[str, Callable[[Row], Any]]] = []
    if reader.accept("by"):

        def key() -> tuple[str, Callable[[Row], Any]]:
            name = reader.peek()
            return name, _value(reader)

        keys = reader.listed(key)
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: str(row.get("time", ""))):
        groups.setdefault(tuple(of(row) for _, of in keys), []).append(row)
    return [
        {name: value for (name, _), value in zip(keys, group, strict=True)} | {name: of(of_it) for name, of in columns}
        for group, of_it in groups.items()
    ]


def _sort(reader: _Reader, rows: list[Row]) -> list[Row]:
    name, down = reader.take("name"), False
    if reader.peek() in ("asc", "desc"):
        down = reader.take("name") == "desc"
    known = [row for row in rows if row.get(name) is not None]
    return sorted(known, key=lambda row: row[name], reverse=down) + [row for row in rows if row.get(name) is None]


def _parse(reader: _Reader, rows: list[Row]) -> list[Row]:
    field, glob = reader.take("name"), reader.take("text")[1:-1]
    reader.expect("as")
    names = reader.listed(lambda: reader.take("name"))
    if glob.count("*") != len(names):
        raise QueryError(f"{glob!r} has {glob.count('*')} wildcards for {len(names)} names")
    pattern = re.compile(
        ".*?".join(map(re.escape, glob.split("*"))).replace(".*?", "(.*?)") + ("$" * glob.endswith("*"))
    )
    found = []
    for row in rows:
        match = pattern.search(str(row.get(field) or ""))
        found.append(row | (dict(zip(names, match.groups(), strict=True)) if match else {}))
    return found


def _fields(reader: _Reader, rows: list[Row]) -> list[Row]:
    names = reader.listed(lambda: reader.take("name"))
    return [{name: row.get(name) for name in names} for row in rows]


def _filter(reader: _Reader, rows: list[Row]) -> list[Row]:
    condition = _condition(reader)
    return [row for row in rows if condition(row)]


def _limit(reader: _Reader, rows: list[Row]) -> list[Row]:
    return rows[: int(reader.take("number"))]


_COMMANDS: Mapping[str, Callable[[_Reader, list[Row]], list[Row]]] = {
    **{"fields": _fields, "filter": _filter, "stats": _stats, "sort": _sort, "limit": _limit, "parse": _parse}
}
