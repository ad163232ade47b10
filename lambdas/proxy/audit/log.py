"""Every line that the function writes, as links of a chain: each holds the hash of the one before.

A chain is what one execution environment writes. It begins with a line ``start``, whose ``previous`` is random; every
later line has the next number and the SHA-256 of the line before, over its bytes as they were written, without the line
end. So a line that is altered, removed, added or moved is seen at the one after it. What says the same of the last line
is a signature (`signing`).
"""

from __future__ import annotations

import sys
import time
from _io import TextIOWrapper
from _thread import allocate_lock, get_ident
from posix import urandom

from ..core.clock import stamp
from ..core.digest import sha256
from ..core.jsontext import writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

#: Version of the lines' schema, ``docs/schema/record.schema.json``.
VERSION = 1

_json = writer(ascii=True)
_MAIN = get_ident()  # this is imported in it


class Log:
    """What the function writes, in its order.

    Attributes
    ----------
    code
        Digest of the sources that run, or None.
    id, start
        Of the chain: what it is called, and what its first line has for the line before. Empty if there is no chain.
    seq, hash
        Number and SHA-256 of the last line.
    """

    def __init__(self) -> None:
        self.code: str | None = None
        self.id = self.start = self.hash = ""
        self.seq = -1
        self._lock = allocate_lock()
        self._busy = False  # whether the main thread, which signals come to, is in the middle of a line
        self._late: list[Callable[[], None]] = []

    def begin(self, about: dict[str, Any]) -> None:
        """Begin a chain with a line that holds these fields."""
        self.id, self.start = urandom(16).hex(), urandom(32).hex()
        self.seq, self.hash = -1, self.start
        self.say("start", about)

    def say(self, record: str, fields: dict[str, Any], metrics: str = "") -> None:
        """Write a line of a kind; ``metrics`` are the JSON of further fields."""
        text = _json({"record": record, "version": VERSION, "time": stamp(time.time()), **fields})
        self.write(f"{text[:-1]},{metrics}}}" if metrics else text)

    def write(self, text: str, out: TextIO | None = None) -> None:
        """Write a line that is a JSON object, from any thread."""
        self.add(text, out)

    def add(self, make: str | Callable[[], str | None], out: TextIO | None = None) -> None:
        """Write a line, or what ``make`` returns, if it returns one; no handler of a signal comes between (`later`)."""
        mine = get_ident() == _MAIN
        if mine:
            self._busy = True
        try:
            with self._lock:
                text = make if isinstance(make, str) else make()
                if text is not None:
                    self._write(text, out or sys.stdout)
        finally:
            if mine:
                self._busy = False
        while mine and self._late:
            self._late.pop(0)()

    def later(self, what: Callable[[], None]) -> bool:
        """Return whether a line is being written under a signal's handler; then ``what`` is called after that line."""
        if not self._busy:
            return False
        self._late.append(what)
        return True

    def _write(self, text: str, stream: TextIO) -> None:
        if self.id:
            seq = self.seq + 1
            text = f'{text[:-1]},"chain":{{"id":"{self.id}","seq":{seq},"previous":"{self.hash}"}}}}'
            line = text.encode()
            self.seq, self.hash = seq, sha256(line).hexdigest()
            if isinstance(stream, TextIOWrapper):  # what is in bytes already need not be written as a text once more
                stream.buffer.write(line + b"\n")
                stream.buffer.flush()
                return
        stream.write(text + "\n")
        stream.flush()


#: What this process writes.
log = Log()
