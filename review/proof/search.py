"""Whether any request at all meets some statements and not others: the question that every claim comes down to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import product

from review.iam import service
from review.iam.arn import crosses_colons, resource_matches
from review.iam.conditions import met
from review.iam.context import Context, Values
from review.iam.document import Listed, Statement, Test
from review.iam.matching import action_listed
from review.iam.pattern import Letter, Part, Pattern, TooLargeError
from review.iam.principal import Principal
from review.iam.truth import Doubt
from review.iam.variables import has_variables
from review.proof.texts import text_of
from review.proof.values import ABSENT, RefusedError, Wish, satisfy

#: No request asks for a resource with a wildcard in its name.
_WILD = [Pattern((None, Letter("*"), None)), Pattern((None, Letter("?"), None))]


@dataclass(frozen=True)
class Question:
    """Which request?

    Parameters
    ----------
    who
        Who asks.
    groups
        Of each group, the request meets one statement at least. Their principals have been looked at already.
    without
        It meets none of these.
    actions
        What may be asked for.
    partition, account
        What ARNs of resources hold in these parts; None for any account.
    fixed
        Condition keys that the request carries, in lower case, or None of one that it does not; other keys it carries
        or not, as its action may.
    """

    who: Principal
    groups: Sequence[Sequence[Statement]]
    without: Sequence[Statement]
    actions: Iterable[str]
    partition: str = "aws"
    account: str | None = None
    fixed: Mapping[str, Values | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A request that answers a question.

    Attributes
    ----------
    action, resource
        What it asks for.
    context
        The condition keys that it carries.
    statements
        One statement of each group, which it meets.
    """

    action: str
    resource: str
    context: dict[str, Values]
    statements: tuple[Statement, ...]


def find(question: Question) -> Found | None:
    """Return a request that answers a question, or None if no request does.

    Raises
    ------
    RefusedError
        If a statement that matters cannot be read, or a question is too large.
    """
    return _Search(question).run()


def find_each(question: Question) -> list[tuple[Found, list[str]]]:
    """Return a request for each kind of action that answers a question, with the actions of that kind.

    Actions are of one kind if the same statements are about them.
    """
    return _Search(question).each()


def actions_matching(statements: Iterable[Statement]) -> list[str]:
    """Return the actions of AWS that some statements are about, sorted.

    Example
    -------
    >>> from review.iam import read
    >>> document = read({"Statement": {"Effect": "Allow", "Action": "sqs:Send*", "Resource": "*"}}, "send")
    >>> actions_matching(document.statements)
    ['sqs:SendMessage']
    """
    return sorted(set[str]().union(*map(_actions, statements)))


def concerns(statement: Statement, actions: Iterable[str]) -> bool:
    """Whether a statement is about one of some actions, written as AWS writes them."""
    return not _actions(statement).isdisjoint(actions)


def _actions(statement: Statement) -> frozenset[str]:
    return _expanded(statement.action) if statement.action is not None else frozenset()


@lru_cache(maxsize=4096)
def _expanded(listed: Listed) -> frozenset[str]:
    named = frozenset[str]().union(*map(_named, listed.values))
    return _all() - named if listed.negated else named


@lru_cache(maxsize=4096)
def _named(value: str) -> frozenset[str]:
    """The actions that one pattern is about."""
    prefix, colon, _ = value.partition(":")
    plain = colon and "*" not in prefix and "?" not in prefix
    if plain and "*" not in value and "?" not in value:
        known = service.action(value)
        return frozenset([known.name] if known else [])
    names = service.actions_of(prefix.lower()) if plain else service.all_actions()
    one = Listed((value,))
    return frozenset(name for name in names if action_listed(one, name))


@cache
def _all() -> frozenset[str]:
    return frozenset(service.all_actions())


@dataclass(frozen=True, slots=True)
class _Branch:
    """What is asked so far: of the resource, and of each key."""

    inside: tuple[tuple[Pattern, ...], ...] = ()
    outside: tuple[Pattern, ...] = ()
    keys: tuple[tuple[str, tuple[Wish, ...]], ...] = ()

    def resource(self, patterns: tuple[Pattern, ...], met: bool) -> _Branch:
        if met:
            return _Branch((*self.inside, patterns), self.outside, self.keys)
        return _Branch(self.inside, (*self.outside, *patterns), self.keys)

    def key(self, wish: Wish) -> _Branch:
        name = wish.test.key.lower()
        keys = dict(self.keys)
        keys[name] = (*keys.get(name, ()), wish)
        return _Branch(self.inside, self.outside, tuple(keys.items()))


class _Search:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.fixed = {key.lower(): values for key, values in question.fixed.items()}
        self._texts: dict[object, str | None] = {}
        self._values: dict[object, Values | None] = {}
        self._failed: set[object] = set()

    def run(self) -> Found | None:
        return next(iter(self._answers()), (None, ()))[0]

    def each(self) -> list[tuple[Found, list[str]]]:
        kinds: dict[object, tuple[Found, list[str]]] = {}
        for found, kind in self._answers():
            kinds.setdefault(kind, (found, []))[1].append(found.action)
        return list(kinds.values())

    def _answers(self) -> Iterator[tuple[Found, object]]:
        # What allows everything allows every other action as it does the first.
        plain: dict[object, Found] = {}
        of_groups = [set[str]().union(*map(_actions, group)) for group in self.question.groups]
        for name in self.question.actions:
            if not all(name in names for names in of_groups):
                continue
            action = service.action(name)
            if action is None:
                raise RefusedError(f"AWS has no action {name}")
            groups = [[s for s in group if _about(s, name)] for group in self.question.groups]
            if not all(groups):
                continue
            without = [s for s in self.question.without if _about(s, name)]
            # Actions that the same statements are about, with the same keys and resources, have the same answer.
            kind = (
                tuple(tuple(map(id, group)) for group in groups),
                tuple(map(id, without)),
                action.resources,
                tuple(sorted(action.keys.items())),
            )
            if kind in self._failed:
                continue
            if kind[:2] in plain:
                yield replace(plain[kind[:2]], action=name), kind[:2]
                continue
            try:
                found = self._action(action, groups, without)
            except TooLargeError as large:
                raise RefusedError(str(large)) from None
            if found is not None:
                if not without and all(_unbound(s) for group in groups for s in group):
                    plain[kind[:2]] = found
                yield found, kind[:2]
            else:
                self._failed.add(kind)

    def _action(
        self, action: service.Action, groups: Sequence[Sequence[Statement]], without: Sequence[Statement]
    ) -> Found | None:
        start = _Branch(inside=(tuple(self._formats(action)),), outside=tuple(_WILD) if action.resources else ())
        for chosen in product(*groups):
            branch: _Branch | None = start
            for statement in chosen:
                branch = self._meets(branch, statement, action)
                if branch is None:
                    break
            if branch is None or not self._possible(branch, action):
                continue
            whole = self._avoids(branch, list(without), action)
            if whole is not None:
                return self._found(whole, action, chosen)
        return None

    def _formats(self, action: service.Action) -> list[Pattern]:
        if not action.resources:
            return [Pattern.exact("*")]
        return [arn_format(text, self.question.partition, self.question.account) for text in action.resources]

    # ---- statements ----

    def _meets(self, branch: _Branch | None, statement: Statement, action: service.Action) -> _Branch | None:
        if branch is None:
            return None
        if statement.resource is not None:
            branch = branch.resource(_patterns(statement, statement.resource), not statement.resource.negated)
        for test in statement.condition:
            decided = self._decided(statement, test, action)
            if decided is False:
                return None
            if decided is None:
                branch = branch.key(Wish(test, True, statement.variables))
        return branch

    def _avoids(self, branch: _Branch, without: list[Statement], action: service.Action) -> _Branch | None:
        if not without:
            return branch
        statement, rest = without[0], without[1:]
        ways: list[_Branch] = []
        for test in statement.condition:
            decided = self._decided(statement, test, action)
            if decided is False:
                return self._avoids(branch, rest, action)
            if decided is None:
                ways.append(branch.key(Wish(test, False, statement.variables)))
        if statement.resource is not None:
            patterns = _patterns(statement, statement.resource)
            ways.append(branch.resource(patterns, statement.resource.negated))
        for way in ways:
            if self._possible(way, action):
                found = self._avoids(way, rest, action)
                if found is not None:
                    return found
        return None

    def _decided(self, statement: Statement, test: Test, action: service.Action) -> bool | None:
        """What a line of a condition comes to where its key is fixed; None where it is not."""
        key = test.key.lower()
        if key not in self.fixed:
            return None
        context = Context({name: values for name, values in self.fixed.items() if values is not None}, action)
        found = met(test, context, variables=statement.variables)
        if isinstance(found, Doubt):
            raise RefusedError(f"{statement.place}: {found.reason}")
        return found

    # ---- what is possible ----

    def _possible(self, branch: _Branch, action: service.Action) -> bool:
        return self._resource(branch) is not None and all(
            self._value(key, wishes, action) is not None for key, wishes in branch.keys
        )

    def _resource(self, branch: _Branch) -> str | None:
        asked = (branch.inside, branch.outside)
        if asked not in self._texts:
            self._texts[asked] = text_of(branch.inside, branch.outside)
        return self._texts[asked]

    def _value(self, key: str, wishes: tuple[Wish, ...], action: service.Action) -> Values | None:
        asked = (key, wishes, action.knows(key), action.several(key))
        if asked not in self._values:
            known = action.knows(key)
            self._values[asked] = satisfy(wishes, action.several(key), only_absent=not known)
        return self._values[asked]

    def _found(self, branch: _Branch, action: service.Action, chosen: tuple[Statement, ...]) -> Found:
        context = {name: values for name, values in self.fixed.items() if values is not None}
        for key, wishes in branch.keys:
            values = self._value(key, wishes, action)
            if values is not None and values != ABSENT:
                context[wishes[0].test.key] = values
        return Found(action.name, self._resource(branch) or "*", context, chosen)


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@lru_cache(maxsize=4096)
def arn_format(text: str, partition: str, account: str | None) -> Pattern:
    """Return the pattern of an ARN format of the service data, in a partition and an account.

    Example
    -------
    >>> arn_format("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "aws", "111122223333")
    Pattern('arn:aws:sqs:?*:111122223333:?*')
    """
    tokens: list[Letter | Part | None] = []
    place = 0
    for found in _VARIABLE.finditer(text):
        tokens += [Letter(c) for c in text[place : found.start()]]
        place = found.end()
        known = {"Partition": partition, "Account": account}.get(found[1])
        if known:
            tokens += [Letter(c) for c in known]
        elif text.count(":", 0, found.start()) < 5:
            # A Region or an account has no colon in it.
            tokens += [Letter(None, colon=False), Part()]
        else:
            tokens += [Letter(None), None]
    return Pattern((*tokens, *(None if c == "*" else Letter(c) for c in text[place:])))


def _about(statement: Statement, action: str) -> bool:
    if action not in _actions(statement):
        return False
    if statement.flaws:
        raise RefusedError(f"{statement.place}: {statement.flaws[0]}")
    return True


def _unbound(statement: Statement) -> bool:
    return statement.resource == Listed(("*",)) and not statement.condition


def _patterns(statement: Statement, listed: Listed) -> tuple[Pattern, ...]:
    found = []
    for value in listed.values:
        if statement.variables and has_variables(value):
            raise RefusedError(f"{statement.place}: the resource {value!r} has a policy variable, which no proof reads")
        pattern, doubt = _pattern(value)
        if doubt:
            raise RefusedError(f"{statement.place}: {doubt}")
        found.append(pattern)
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def _pattern(value: str) -> tuple[Pattern, str]:
    """The pattern of a resource, and why no proof reads it; nothing if one does."""
    pattern = Pattern.of(value)
    malformed = resource_matches(pattern, value)
    if isinstance(malformed, Doubt):
        return pattern, malformed.reason
    if crosses_colons(pattern):
        return pattern, f"how far the * inside a part of {value!r} reaches is not documented"
    return pattern, ""
