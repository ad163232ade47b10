"""Whether a value matches a JSON Schema, as far as that can be told here: matched, not matched, or not known.

What is looked at: ``type``, ``enum``, ``const``, the bounds of numbers, strings, arrays and objects, ``properties``,
``required``, ``additionalProperties``, ``items``, ``prefixItems``, ``uniqueItems``, ``dependentRequired``, ``anyOf``,
``oneOf``, ``allOf``, ``not``, ``if``, and ``$ref`` within the schema. What is not: ``pattern`` and whatever else needs
a regular expression, which a caller could write so that it runs for ever, ``format``, and references elsewhere. A part
that is not looked at is never a mismatch, nor does it make one of what stands around it. Whatever a caller writes for a
schema, it costs no more than a number of steps, and what is nonsense in it says nothing.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

from operator import ge, gt, le, lt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: Where in a value: the place around it, and its own name there. Written out only for a mismatch.
    _Path = tuple["_Path | None", str]

#: Entries of a schema: OpenAI takes 5,000 properties and 1,000 values of enums
#: (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
MOST = 20_000

#: Steps of one validation: alternatives within alternatives multiply, and every entry that is looked at counts.
_STEPS = 100_000
_DEPTH = 200
#: Characters that are compared in one step.
_TEXT = 256
#: Below this a float says its number to the last digit of its whole part, and a remainder is exact.
_EXACT = 2**53

_UNSEEN = frozenset(
    (
        *("pattern", "patternProperties", "propertyNames", "format", "contains", "dependentSchemas", "dependencies"),
        *("additionalItems", "unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$recursiveRef"),
    )
)
_BOUNDS = (("minimum", ge), ("maximum", le), ("exclusiveMinimum", gt), ("exclusiveMaximum", lt))
_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
_UNITS = ((str, "Length"), (list, "Items"), (dict, "Properties"))


def weight(schema: Any) -> int:
    """Return the entries of a schema: fields, items of lists, and parts of references.

    Examples
    --------
    >>> weight({"enum": [1, 2, 3], "items": {"$ref": "#/$defs/a"}})
    8
    """
    entries, left = 0, [schema]
    while left:
        item = left.pop()
        if isinstance(item, dict | list):
            entries += len(item)
            left.extend(item.values() if isinstance(item, dict) else item)
        elif isinstance(item, str) and item.startswith("#/"):
            entries += item.count("/")
    return entries


def mismatch(value: Any, schema: Any) -> tuple[str, str] | None:
    """Return where a value does not match and which keyword says so; None if it matches, or may match.

    The place holds names that the schema has, and no other, so that nothing of the value is in it.

    Examples
    --------
    >>> schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    >>> mismatch({"n": 2}, schema), mismatch({"n": 0}, schema), mismatch({}, schema)
    (None, ('$.n', 'minimum'), ('$', 'required'))
    >>> mismatch("x", {"not": {"pattern": "^y"}})
    """
    judge = _Judge(schema)
    if judge.check(value, schema) is not False or judge.failed is None:
        return None
    at: _Path | None
    at, keyword = judge.failed
    names = []
    while at is not None:
        at, name = at
        names.append(name)
    return "".join(reversed(names)), keyword


class _Unknown(Exception):  # noqa: N818  # not an error: no verdict
    """A step too many, or a level."""


class _Judge:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._steps = 0
        self._found: dict[str, Any] = {}  # what each reference points at
        self.failed: tuple[_Path, str] | None = None

    def check(self, value: Any, schema: Any) -> bool | None:
        try:
            return self._check(value, schema, (None, "$"), 0)
        except (_Unknown, RecursionError):
            return None

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _STEPS:
            raise _Unknown

    def _check(self, value: Any, schema: Any, path: _Path, depth: int) -> bool | None:
        self._count(1 + (len(schema) // 8 if isinstance(schema, dict) else 0))
        if depth > _DEPTH:
            raise _Unknown
        if not isinstance(schema, dict):
            return self._fail(path, "false") if schema is False else True if schema is True else None
        sure = _UNSEEN.isdisjoint(schema)
        for part in (self._simple, self._combined, self._object, self._array):
            verdict = part(value, schema, path, depth + 1)
            if verdict is False:
                return False
            sure = sure and verdict is True
        return True if sure else None

    def _fail(self, path: _Path, keyword: str) -> bool:
        self.failed = (path, keyword)
        return False

    def _simple(self, value: Any, schema: dict[str, Any], path: _Path, _depth: int) -> bool | None:
        wanted = schema.get("type")
        if wanted is not None:
            kinds = wanted if isinstance(wanted, list) else [wanted]
            self._count(len(kinds))
            if not any(_is(value, kind) for kind in kinds):
                return self._fail(path, "type")
        allowed = schema.get("enum")
        if isinstance(allowed, list) and not any(self._same(value, item) for item in allowed):
            return self._fail(path, "enum")
        if "const" in schema and not self._same(value, schema["const"]):
            return self._fail(path, "const")
        for kind, unit in _UNITS:
            if isinstance(value, kind):
                least, most = _number(schema.get(f"min{unit}")), _number(schema.get(f"max{unit}"))
                if least is not None and len(value) < least:
                    return self._fail(path, f"min{unit}")
                if most is not None and len(value) > most:
                    return self._fail(path, f"max{unit}")
        return self._bounds(value, schema, path) if _number(value) is not None else True

    def _bounds(self, value: float, schema: dict[str, Any], path: _Path) -> bool | None:
        for keyword, holds in _BOUNDS:
            bound = _number(schema.get(keyword))
            if bound is not None and not holds(value, bound):
                return self._fail(path, keyword)
        step = schema.get("multipleOf")
        if step is None:
            return True
        whole = isinstance(step, int) and not isinstance(step, bool) and step > 0
        if whole and (isinstance(value, int) or (abs(value) < _EXACT and step < _EXACT)):
            return True if value % step == 0 else self._fail(path, "multipleOf")
        return None  # 0.3 is no multiple of 0.1 to a machine

    def _combined(self, value: Any, schema: dict[str, Any], path: _Path, depth: int) -> bool | None:
        sure = True
        reference = schema.get("$ref")
        if reference is not None:
            target = self._find(reference)
            verdict = None if target is None else self._check(value, target, path, depth)
            if verdict is False:
                return False
            sure = verdict is True
        for inner in _list(schema.get("allOf")):
            verdict = self._check(value, inner, path, depth)
            if verdict is False:
                return False
            sure = sure and verdict is True
        for keyword in ("anyOf", "oneOf"):
            if not isinstance(schema.get(keyword), list):
                continue
            verdicts = [self._check(value, inner, path, depth) for inner in schema[keyword]]
            if all(verdict is False for verdict in verdicts) or (keyword == "oneOf" and verdicts.count(True) > 1):
                return self._fail(path, keyword)
            certain = True in verdicts and (keyword == "anyOf" or None not in verdicts)
            sure = sure and certain
        if "not" in schema:
            verdict = self._check(value, schema["not"], path, depth)
            if verdict is True:
                return self._fail(path, "not")
            sure = sure and verdict is False
        if "if" in schema:
            verdict = self._check(value, schema["if"], path, depth)
            branch = None if verdict is None else schema.get("then" if verdict else "else", True)
            verdict = None if branch is None else self._check(value, branch, path, depth)
            if verdict is False:
                return False
            sure = sure and verdict is True
        return True if sure else None

    def _object(self, value: Any, schema: dict[str, Any], path: _Path, depth: int) -> bool | None:
        if not isinstance(value, dict):
            return True
        required = _list(schema.get("required"))
        self._count(len(required))
        if any(name not in value for name in required if isinstance(name, str)):
            return self._fail(path, "required")
        dependent = schema.get("dependentRequired")
        for name, others in dependent.items() if isinstance(dependent, dict) else ():
            self._count(1 + len(_list(others)))
            if name in value and any(other not in value for other in _list(others) if isinstance(other, str)):
                return self._fail(path, "dependentRequired")
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        rest = schema.get("additionalProperties", True)
        if "patternProperties" in schema:
            rest = None  # which names are additional is not known
        sure = True
        for name, item in value.items():
            if name in known:
                verdict = self._check(item, known[name], (path, f".{name}"), depth)
            elif rest is False:
                return self._fail(path, "additionalProperties")
            else:
                verdict = self._check(item, rest, (path, ".*"), depth)
            if verdict is False:
                return False
            sure = sure and verdict is True
        return True if sure else None

    def _array(self, value: Any, schema: dict[str, Any], path: _Path, depth: int) -> bool | None:
        if not isinstance(value, list):
            return True
        if schema.get("uniqueItems") is True and not self._unique(value):
            return self._fail(path, "uniqueItems")
        items = schema.get("items", True)
        first = _list(schema.get("prefixItems"))
        if isinstance(items, list):  # as it was written before 2020
            first, items = items, True
        sure = True
        for at, item in enumerate(value):
            verdict = self._check(item, first[at] if at < len(first) else items, (path, f"[{at}]"), depth)
            if verdict is False:
                return False
            sure = sure and verdict is True
        return True if sure else None

    def _unique(self, items: list[Any]) -> bool:
        seen: list[Any] = []
        for item in items:
            if any(self._same(item, other) for other in seen):
                return False
            seen.append(item)
        return True

    def _same(self, one: Any, other: Any, depth: int = 0) -> bool:
        """Whether two values are equal in JSON, where true is not 1."""
        self._count(1)
        if depth > _DEPTH:
            raise _Unknown
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        if isinstance(one, list) and isinstance(other, list):
            return len(one) == len(other) and all(
                self._same(item, its, depth + 1) for item, its in zip(one, other, strict=True)
            )
        if isinstance(one, dict) and isinstance(other, dict):
            self._count(min(len(one), len(other)))
            return one.keys() == other.keys() and all(
                self._same(item, other[name], depth + 1) for name, item in one.items()
            )
        if isinstance(one, str) and isinstance(other, str) and len(one) == len(other):
            self._count(len(one) // _TEXT)
        return bool(one == other)

    def _find(self, reference: Any) -> Any:
        """Return what a reference within the schema points at, or None."""
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            return None
        if reference not in self._found:
            self._count(len(reference) // _TEXT + reference.count("/"))
            self._found[reference] = _find(self._root, reference)
        return self._found[reference]


def _is(value: Any, kind: Any) -> bool:
    if kind == "integer":
        return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value % 1 == 0))
    if kind == "number":
        return _number(value) is not None
    wanted = _TYPES.get(kind) if isinstance(kind, str) else None
    return wanted is None or isinstance(value, wanted)  # a type that JSON has not is no mismatch of the answer's


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _find(root: Any, reference: str) -> Any:
    found = root
    for part in reference[2:].split("/") if reference != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isascii() and name.isdigit() and len(name) < 10 and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found
