r"""What a model reads across the border of two texts that follow each other.

A service puts the texts of one message together in one of three ways, and which one is not known beforehand:

- as they are, as OpenAI's clients put the parts of an answer together;
- each without the space around it: so does the chat template of Gemma 4 with the parts of a user's message, and with
  what the model said in messages that follow each other, without the thoughts in it
  (https://huggingface.co/google/gemma-4-E4B-it/blob/main/chat_template.jinja);
- with one space or line between them: so does that template in a system message, and vLLM where a template takes text
  alone (https://docs.vllm.ai/en/stable/serving/openai_compatible_server/, ``--chat-template-content-format``).

Each is shown where it differs from the first: what stands around the borders.
"""

from __future__ import annotations

from ..core.jsontext import Json
from . import disguises as read
from .block import BETWEEN, Block
from .view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .view import Segment

#: Characters on either side of a border that are shown, as in a window; and where a text is not as it seems.
BORDER, FAR = 128, 512
_CHANNEL, _END = "<|channel>", "<channel|>"


def joined(texts: Sequence[str], members: Sequence[int], disguises: bool) -> list[Block]:
    """Return what is shown of texts that go on with each other, beside each of them.

    Parameters
    ----------
    members
        Their numbers.

    Examples
    --------
    >>> [block.text for block in joined(["Project Night ", " jar"], [0, 1], True)]
    ['Project Night  jar', 'Project Night jar', 'Project Nightjar']
    """
    whole = "".join(texts)
    starts, size = [], 0
    for text in texts:
        starts.append(size)
        size += len(text)
    plain = read.plain(whole)
    borders = starts[1:]
    views = [_around(whole, [(0, size, 0)], borders, BORDER)]
    shown = Json(whole) if isinstance(texts[0], Json) else whole
    if not plain:
        views += read.forms(shown, disguises=disguises)
    kept = [part for text, start in zip(texts, starts, strict=True) for part in _kept(text, start)]
    if kept and texts[0].strip() and texts[-1].strip() and "channel" not in whole:
        # What is around all of it parts nothing.
        kept[0], kept[-1] = (0, kept[0][1]), (kept[-1][0], size)
    if sum(end - start for start, end in kept) < size:
        views += _others(whole, kept, "", plain, disguises)
    if any(whole[at - 1 : at + 1].isalnum() and at < size for at in borders if at):
        ends = [*borders, size]
        views += _others(whole, list(zip(starts, ends, strict=True)), " ", plain, disguises)
    seen: set[str] = set()
    blocks = []
    for view in views:
        if view.text and view.text not in seen:
            seen.add(view.text)
            blocks.append(Block(members[0], view.text, view, members, starts))
    return blocks


def _others(whole: str, kept: list[tuple[int, int]], glue: str, plain: bool, disguises: bool) -> list[View]:
    """Return the views of a text of which some is left out, or between whose parts something is put."""
    borders: list[int] = []
    pieces: list[tuple[int, int, int]] = []
    size = 0
    for start, end in kept:
        if pieces:
            borders.append(size)
            size += len(glue)
        pieces.append((start, end, size))
        size += end - start
    made = glue.join(whole[start:end] for start, end in kept)
    view = _around(made, pieces, borders, BORDER if plain else FAR)
    return [view, *(read.forms(view.text, disguises=disguises, under=view) if not read.plain(view.text) else ())]


def _around(text: str, pieces: list[tuple[int, int, int]], borders: list[int], far: int) -> View:
    """Return what stands around some places of a text, as a view of that of which it has some pieces.

    Parameters
    ----------
    pieces
        Start and end there, start here.
    """
    spans: list[list[int]] = []
    for border in borders:
        low, high = max(0, border - far), min(len(text), border + far)
        if spans and low <= spans[-1][1]:
            spans[-1][1] = high
        else:
            spans.append([low, high])
    out: list[str] = []
    segments: list[Segment] = []
    size, at = 0, 0
    for low, high in spans:
        if out:
            out.append(BETWEEN)
            size += len(BETWEEN)
        out.append(text[low:high])
        while at < len(pieces) and pieces[at][2] < high:
            start, end, here = pieces[at]
            first, last = max(low, here), min(high, here + end - start)
            if last > first:
                begin = size + first - low
                segments.append((begin, begin + last - first, start + first - here, start + last - here))
            if here + end - start > high:
                break  # the rest of it may stand around the next
            at += 1
        size += high - low
    return View("".join(out), segments)


def _kept(text: str, at: int) -> list[tuple[int, int]]:
    """Return what is left of a text without the space around it, and without thoughts: where each piece stands."""
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if "channel" not in text:
        return [(at + start, at + end)] if start < end else []
    found, here = [], 0
    while here < len(text):
        until = text.find(_END, here)
        until = len(text) if until < 0 else until
        thought = text.find(_CHANNEL, here, until)
        last = min(until if thought < 0 else thought, end)
        if max(here, start) < last:
            found.append((at + max(here, start), at + last))
        here = until + len(_END)
    return found
