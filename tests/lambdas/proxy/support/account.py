"""An account whose guardrail calls pass AWS's token buckets, in the place of the HTTP client.

A call takes text units of each policy's bucket: 1,000 characters of all its texts together. Whether it may is seen when
it comes; a call that finds too few in one bucket takes of none, and is answered with 429
(https://docs.aws.amazon.com/general/latest/gr/bedrock.html).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from .guardrail import verdict
from .virtual_time import VirtualTime


class Answer:
    """What the client returns."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.headers: list[tuple[str, str]] = []
        self._body = json.dumps(body).encode()

    def header(self, _: str) -> None:
        return None

    def read(self, _: int | None = None) -> bytes:
        return self._body

    def close(self) -> None:
        pass

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Account:
    """The account.

    Attributes
    ----------
    passed
        When each call passed, and the text units that it took.
    throttled
        How many were answered with 429.
    used_up
        Whether others leave nothing of the quotas.
    """

    def __init__(self, clock: VirtualTime, quotas: Sequence[tuple[int, int]], seconds: float = 0.15) -> None:
        self._clock = clock
        self._quotas = tuple(quotas)
        self._left = [float(burst) for _, burst in quotas]
        self._at = 0.0
        self._seconds = seconds
        self._lock = threading.Lock()
        self.passed: list[tuple[float, int]] = []
        self.throttled = 0
        self.used_up = False

    def request(
        self, _method: str, _host: str, _path: str, _headers: object, body: Sequence[bytes], **_: object
    ) -> Answer:
        """Answer a call, as the function's client does."""
        asked = json.loads(b"".join(body))
        units = max(1, -(-sum(len(block["text"]["text"]) for block in asked["content"]) // 1000))
        with self._lock:
            now = self._clock.monotonic()
            self._left = [
                min(float(burst), left + rate * (now - self._at))
                for left, (rate, burst) in zip(self._left, self._quotas, strict=True)
            ]
            self._at = now
            has_passed = not self.used_up and all(left >= units - 1e-6 for left in self._left)
            if has_passed:
                self._left = [left - units for left in self._left]
                self.passed.append((now, units))
            else:
                self.throttled += 1
        self._clock.sleep(self._seconds if has_passed else 0.01)
        return Answer(200, verdict(asked["source"], asked["content"])) if has_passed else Answer(429, {})
