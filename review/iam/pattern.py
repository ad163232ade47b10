"""IAM's wildcard language: `*` for any run of characters, `?` for any one. Regular, so every question is decidable.

A pattern is compiled to a nondeterministic automaton whose set of states is one integer: bit *i* is set when the first
*i* letters have been met. One step is a shift and two masks, so the deterministic automaton is walked without ever
being built. Questions about several patterns walk their product breadth first, which finds a shortest text.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from review.words import many

_PREFERRED = "xyzqjkwvXYZ0123456789abcdefghilmnoprstu-_./:"
#: The most states of one question: beyond it the question is refused, not answered by half.
MOST_STATES = 100_000


class TooLargeError(Exception):
    """A question about patterns has more states than are walked."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One step of a pattern: one of some characters, or any one character (None), a colon or not."""

    character: str | None
    colon: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A run of any characters but colons: a `*` that stays within its part of an ARN."""


#: What a pattern is made of: letters, None for a run of any characters, and runs that stay within a part.
Tokens = tuple[Letter | Part | None, ...]


class Pattern:
    """A pattern, ready to be asked.

    Parameters
    ----------
    tokens
        What `parse` or `exactly` returned, possibly put together of several.

    Example
    -------
    >>> Pattern.of("s3:Get*").matches("s3:GetObject")
    True
    >>> Pattern.of("s3:Get?").matches("s3:Get")
    False
    """

    __slots__ = ("_any", "_final", "_hash", "_inner_any", "_inner_loops", "_letters", "_loops", "_masks", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self._hash = hash(tokens)
        self._masks: dict[str, int] = {}
        self._any = self._loops = self._inner_any = self._inner_loops = 0
        letters: list[str] = []
        bit = 1
        for token in tokens:
            if token is None:
                self._loops |= bit
                continue
            if isinstance(token, Part):
                self._inner_loops |= bit
                continue
            if token.character is None:
                if token.colon:
                    self._any |= bit
                else:
                    self._inner_any |= bit
            else:
                for character in token.character:
                    self._masks[character] = self._masks.get(character, 0) | bit
            letters.append(token.character or "")
            bit <<= 1
        self._final = bit
        self._letters = (*letters, "")
        if self._inner_any or self._inner_loops:
            self._masks.setdefault(":", 0)

    @staticmethod
    @lru_cache(maxsize=65536)
    def of(text: str) -> Pattern:
        """Return the pattern that a text writes; the same object for the same text."""
        return Pattern(parse(text))

    @staticmethod
    @lru_cache(maxsize=4096)
    def exact(text: str) -> Pattern:
        """Return the pattern that only a text itself meets, wildcards in it being plain characters."""
        return Pattern(exactly(text))

    def __repr__(self) -> str:
        """The pattern as a policy would write it."""
        return f"Pattern({self.text!r})"

    def __eq__(self, other: object) -> bool:
        """Two patterns of the same tokens are the same."""
        if self is other:
            return True
        return isinstance(other, Pattern) and self._hash == other._hash and self.tokens == other.tokens

    def __hash__(self) -> int:
        """Of the tokens."""
        return self._hash

    @property
    def text(self) -> str:
        """The pattern as a policy would write it."""
        return "".join(
            "*" if t is None or isinstance(t, Part) else "?" if t.character is None else t.character[0]
            for t in self.tokens
        )

    @property
    def literal(self) -> str | None:
        """The only text that is met, or None where there are more."""
        plain = all(isinstance(t, Letter) and t.character is not None and len(t.character) == 1 for t in self.tokens)
        return self.text if plain else None

    @property
    def characters(self) -> Iterable[str]:
        """The characters that the pattern names."""
        return self._masks.keys()

    def start(self) -> int:
        """The state before any character."""
        return 1

    def step(self, state: int, character: str) -> int:
        """The state after one more character; 0 is the state that nothing leads out of."""
        steps, stays = self._masks.get(character, 0) | self._any, self._loops
        if character != ":":
            steps |= self._inner_any
            stays |= self._inner_loops
        return ((state & steps) << 1) | (state & stays)

    def leading(self, state: int) -> Iterator[str]:
        """Yield the characters, as texts of them, that lead elsewhere from a state than any other character does."""
        if self._inner_any or self._inner_loops:
            yield ":"
        while state:
            lowest = state & -state
            yield self._letters[lowest.bit_length() - 1]
            state ^= lowest

    def accepts(self, state: int) -> bool:
        """Whether what led to a state is met."""
        return bool(state & self._final)

    def matches(self, text: str) -> bool:
        """Whether a whole text is met."""
        state = 1
        for character in text:
            state = self.step(state, character)
            if not state:
                return False
        return bool(state & self._final)


def parse(text: str) -> Tokens:
    """Return the tokens of a text in which `*` and `?` are wildcards."""
    return tuple(None if c == "*" else Letter(None) if c == "?" else Letter(c) for c in text)


def exactly(text: str) -> Tokens:
    """Return the tokens of a text in which nothing is a wildcard."""
    return tuple(Letter(c) for c in text)


#: Alternatives: a text meets them if it meets one.
Union = Sequence[Pattern]


def witness(inside: Sequence[Union], outside: Sequence[Union] = ()) -> str | None:
    """Return a shortest text that meets every union of `inside` and none of `outside`, or None if there is none.

    Raises
    ------
    TooLargeError
        If the question has more than `MOST_STATES` states.

    Example
    -------
    >>> witness([[Pattern.of("a*")], [Pattern.of("*b")]])
    'ab'
    >>> witness([[Pattern.of("ab*")]], [[Pattern.of("a*")]]) is None
    True
    """
    groups = [*inside, *outside]
    wanted = len(inside)
    patterns = [pattern for group in groups for pattern in group]
    sizes = [len(group) for group in groups]
    spare = _spare(patterns)

    def ends(state: tuple[int, ...]) -> bool:
        place = 0
        for number, size in enumerate(sizes):
            met = any(patterns[place + i].accepts(state[place + i]) for i in range(size))
            if met != (number < wanted):
                return False
            place += size
        return True

    def hopeless(state: tuple[int, ...]) -> bool:
        place = 0
        for size in sizes[:wanted]:
            if not any(state[place : place + size]):
                return True
            place += size
        return False

    first = tuple(pattern.start() for pattern in patterns)
    if ends(first):
        return ""
    before: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None] = {first: None}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        # One character stands for all that lead nowhere in particular from here.
        letters = {c for p, s in zip(patterns, state, strict=True) if s for c in "".join(p.leading(s))}
        for character in (spare, *sorted(letters)):
            following = tuple([p.step(s, character) if s else 0 for p, s in zip(patterns, state, strict=True)])
            if following in before or hopeless(following):
                continue
            before[following] = (state, character)
            if ends(following):
                return _spell(before, following)
            if len(before) > MOST_STATES:
                raise TooLargeError(f"more than {MOST_STATES} states for {many(len(patterns), 'pattern')}")
            queue.append(following)
    return None


def includes(larger: Union, smaller: Union) -> bool:
    """Whether every text of the smaller union meets the larger one.

    Example
    -------
    >>> includes([Pattern.of("a*")], [Pattern.of("ab"), Pattern.of("a?")])
    True
    """
    return witness([smaller], [larger]) is None


def overlap(one: Union, other: Union) -> bool:
    """Whether some text meets both unions."""
    return witness([one, other]) is not None


def _spare(patterns: Iterable[Pattern]) -> str:
    """A character that no pattern names: it stands for all of them."""
    named = {character for pattern in patterns for character in pattern.characters}
    found = next((c for c in _PREFERRED if c not in named), None)
    return found or next(chr(c) for c in range(0xA1, 0x110000) if chr(c) not in named)


def _spell(before: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None], state: tuple[int, ...]) -> str:
    letters: list[str] = []
    step = before[state]
    while step is not None:
        state, character = step
        letters.append(character)
        step = before[state]
    return "".join(reversed(letters))
