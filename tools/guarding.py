"""Write what guarding costs, and how fast it goes, into ``docs/guardrails.md``: ``python -m tools.guarding``.

Everything is computed: from the prices and quotas in ``stacks/``, and from chats of a stated size.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from stacks.catalogue import Rate
from stacks.guardrail_prices import PER_THOUSAND_UNITS, REGION
from stacks.guardrail_quotas import QUOTAS, Policy, allowances
from stacks.settings import load_catalogue

__all__ = ["CHATS", "Chat", "main", "written"]

ROOT = Path(__file__).parent.parent
PAGE = "docs/guardrails.md"
MODEL = "google.gemma-4-31b"
UNIT, CALL = 1000, 24_000
"""Characters of a text unit, and of the largest call."""

TOKEN = 4
"""Characters of a token, about, of English."""

SYSTEM, QUESTION, ANSWER = 2000, 400, 1200
"""Characters of the instructions, of each question and of each answer."""

FEW: tuple[Policy, ...] = ("content",)
ALL: tuple[Policy, ...] = ("content", "topics", "pii", "words")


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation that is sent whole with every turn.

    Parameters
    ----------
    name
        For people.
    turns
        Questions, each of which is answered.
    document
        Characters that stand beside the first question.
    """

    name: str
    turns: int
    document: int = 0

    def tokens(self, rate: Rate) -> float:
        """Return what its tokens cost, in USD."""
        sent = sum(sum(texts) for texts in self._prompts())
        return (sent * rate.input + self.turns * ANSWER * rate.output) / TOKEN / 1_000_000

    def units(self, *, once: bool) -> int:
        """Return the text units that guarding it takes, of each policy.

        Parameters
        ----------
        once
            Whether what was cleared before is skipped, in one execution environment.
        """
        total = 0
        for turn, texts in enumerate(self._prompts()):
            # New since the last turn: the answer to it, which the guardrail has not seen as a prompt, and a question.
            # Instructions go in a call of their own, as what developers wrote.
            calls = [*_calls(texts[-2:])] if once and turn else [SYSTEM, *_calls(texts[1:])]
            total += sum(-(-size // UNIT) for size in (*calls, ANSWER))
        return total

    def guarding(self, policies: Collection[Policy], *, once: bool) -> float:
        """Return what guarding it costs, in USD."""
        return self.units(once=once) * sum(PER_THOUSAND_UNITS[policy] for policy in policies) / 1000

    def _prompts(self) -> Iterator[list[int]]:
        texts = [SYSTEM]
        for turn in range(self.turns):
            if turn:
                texts += [ANSWER]
            texts += [QUESTION + (self.document if not turn else 0)]
            yield list(texts)


CHATS = (
    Chat("a chat of 1 turn", 1),
    Chat("a chat of 10 turns", 10),
    Chat("a chat of 50 turns", 50),
    Chat("a document of 200,000 characters, 1 turn", 1, 200_000),
)


def _calls(texts: list[int]) -> Iterator[int]:
    """Return the characters of each call: texts side by side, a longer one in pieces that overlap."""
    size = 0
    for text in texts:
        left = text
        while left:
            piece = min(left, CALL)
            if size and size + piece > CALL:
                yield size
                size = 0
            size += piece
            left -= piece if piece == left else piece - 128
    if size:
        yield size


def costs() -> str:
    """Return the table of what tokens and guarding cost."""
    price = load_catalogue(ROOT).models[MODEL].price(REGION)
    if price is None:
        raise ValueError(f"the catalogue has no price of {MODEL} in {REGION}")
    lines = [
        f"| USD, {REGION} | Tokens ({MODEL}) | Text units | Content filters alone | With topics and PII | "
        "Text units, `history: once` | Content filters alone | With topics and PII |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for chat in CHATS:
        cells = [chat.name, _usd(chat.tokens(price.default))]
        for once in (False, True):
            cells += [f"{chat.units(once=once):,}", *(_usd(chat.guarding(some, once=once)) for some in (FEW, ALL))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def speeds() -> str:
    """Return the table of how fast a guardrail may read in each Region."""
    lines = [
        "| Region | Policies | Text units a second, and at once | 200,000 characters wait | Largest prompt in 60 s "
        "| in 5 min |",
        "|---|---|---|---|---|---|",
    ]
    for region in ("us-east-1, us-west-2", "us-east-2, eu-central-1", "us-gov-west-1"):
        for name, used in (("content filters alone", FEW), ("with topics, PII and words", ALL)):
            found = allowances(region.partition(",")[0], used, {})
            rate, burst = min(a.rate for a in found), min(a.burst for a in found)
            wait = max(max(0.0, (201 - a.burst) / a.rate) for a in found)
            most = [min(a.burst + a.rate * seconds for a in found) * UNIT for seconds in (60, 300)]
            lines.append(
                f"| {region} | {name} | {rate}, {burst:,} | {wait:.1f} s | {most[0]:,} characters | {most[1]:,} |"
            )
    codes = ", ".join(f"{quota.name} `{quota.code}`" for quota in QUOTAS)
    return "\n".join([*lines, "", f"Quotas to raise, at Service Quotas (`bedrock`): {codes}, calls `L-9072D6F0`."])


def written(page: str) -> str:
    """Return the page with its tables as they are computed now.

    Raises
    ------
    ValueError
        If it has not the marks that they stand between.
    """
    for name, table in (("costs", costs()), ("speeds", speeds())):
        begin, end = f"<!-- {name}: python -m tools.guarding -->\n", f"<!-- end of {name} -->\n"
        if page.count(begin) != 1 or page.count(end) != 1:
            raise ValueError(f"{PAGE} has no place for its {name}")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}"
    return page


def _usd(amount: float) -> str:
    return f"{amount:.5f}" if amount < 0.001 else f"{amount:.4f}"


def main(root: Path = ROOT) -> int:
    """Write the tables."""
    page = root / PAGE
    page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
