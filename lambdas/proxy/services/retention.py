"""Which data retention mode is in force for the team's Project: asked when the environment starts, not hoped for.

The Project says its own mode. One that inherits it has the account's, or the model's own: what each model says of
itself for this Project (https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html). An answer of another
shape, or a refusal, is not the same as a wrong mode, and is called ``unread``.
"""

from __future__ import annotations

import json
import sys
import time
from _thread import allocate_lock, start_new_thread

from ..core.clock import stamp
from ..core.errors import DeadlineReachedError, RetentionError
from ..core.jsontext import compact
from ..http.client import HttpError
from .call import Call, Service, Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..core.team import Team
    from ..http.client import Client
    from .credentials import Credentials

#: From what keeps nothing to what keeps most; ``inherit`` has no opinion.
MODES = ("none", "default", "aws_review", "provider_data_share")
INHERIT = "inherit"
#: What a record says when nobody was asked yet, and when the answer could not be read.
UNKNOWN, UNREAD = "unknown", "unread"
TERMS = Terms(read_timeout=5.0, longest_retry_after=1.0, attempts=2)
#: Seconds that a look may take, and after which an answer other than ``none`` is asked for again.
PATIENCE, AGAIN = 10.0, 30.0
_ANSWER_LIMIT = 256 * 1024


class Retention:
    """The retention of what the team's requests hold, as bedrock-mantle tells it.

    Attributes
    ----------
    mode
        One of `MODES`, ``unread`` or ``unknown``.
    """

    def __init__(self, client: Client, team: Team, credentials: Credentials) -> None:
        self._service = Service(client, credentials, team.region, team.signing_name, TERMS)
        self._team = team
        self.mode = UNKNOWN
        self._looked = float("-inf")
        self._looking = allocate_lock()
        self._said: dict[str, Any] | None = None
        #: Takes what is not as it should be: a line of JSON.
        self.write: Callable[[str], None] = _to_standard_error

    def look(self) -> None:
        """Ask, in a thread of its own; what is asked already is not asked twice."""
        if self._looking.acquire(blocking=False):
            start_new_thread(self._look, ())

    def demand(self, deadline: float, *, wait: bool = True) -> None:
        """Refuse a request whose prompt might be kept, as far as the team's document wants that.

        Parameters
        ----------
        deadline
            Monotonic time in seconds.
        wait
            Whether an answer that is not there yet is waited for.

        Raises
        ------
        RetentionError
            If the mode is another than ``none``; where it must be proved, if it could not be read, too.
        """
        wants = self._team.retention
        if self.mode == "none" or (wants == "reported" and self.mode == UNKNOWN):
            return
        if self.mode == UNKNOWN or time.monotonic() - self._looked >= AGAIN:
            self.look()
            if not wait:
                return
            if wants == "proved" or (wants == "required" and self.mode != UNREAD):
                self._await(deadline)
        if wants == "reported" or self.mode == "none":
            return
        if self.mode in MODES or wants == "proved":
            raise RetentionError(_reason(self.mode))

    def _await(self, deadline: float) -> None:
        if self._looking.acquire(timeout=max(0.0, min(PATIENCE, deadline - time.monotonic()))):
            self._looking.release()

    def _look(self) -> None:
        try:
            until = time.monotonic() + PATIENCE
            paths = [f"/v1/organization/projects/{self._team.project}"]
            paths += [f"/v1/models/{model}" for model in self._team.models]
            answers = [self._get(path, until) for path in paths]  # over the connection that warming has opened
            self.mode = _in_force([answer for _, answer in answers])
            self._say([status for status, _ in answers], [answer for _, answer in answers[1:]])
        except Exception as error:  # it is nobody's request: what went wrong is said, and what is unread stays so
            self.mode = UNREAD
            self._tell({"type": type(error).__name__})
        finally:
            self._looked = time.monotonic()
            self._looking.release()

    def _get(self, path: str, until: float) -> tuple[int, Any]:
        """Return the status, 0 if there is none, and what stands of data retention in the answer."""
        headers = [("accept", "application/json"), ("openai-project", self._team.project)]
        try:
            response, data = self._service.send(
                "GET", self._team.mantle_host, path, headers, b"", call=Call(), deadline=until, limit=_ANSWER_LIMIT
            )
        except (HttpError, DeadlineReachedError):
            return 0, None
        if response.status != 200:
            response.close()
            return response.status, None
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            return 200, None
        return 200, answer.get("data_retention") if isinstance(answer, dict) else None

    def _say(self, statuses: list[int], models: list[Any]) -> None:
        """Log what is not as it should be; the same finding once."""
        said = [(id, _texts(answer)) for id, answer in zip(self._team.models, models, strict=True)]
        unread = [id for id, allowed in said if allowed is None]
        against = [id for id, allowed in said if allowed is not None and "none" not in allowed]
        if self.mode == "none" and not unread and not against:
            return
        found = {
            "mode": self.mode,
            "statuses": statuses,
            "models_unread": unread,
            "models_without_none": against,
        }
        if found != self._said:
            self._said = found
            self._tell(found)

    def _tell(self, found: dict[str, Any]) -> None:
        about = {"record": "retention", "version": 1, "time": stamp(time.time()), "request_id": None}  # it is of none
        self.write(compact({**about, "deployment": self._team.deployment, "team": self._team.name, **found}))


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line + "\n")


def _in_force(answers: list[Any]) -> str:
    """Return the mode of a Project, given what it and its models say; what keeps most counts."""
    own = _mode(answers[0])
    if own != INHERIT:
        return own or UNREAD
    theirs = [_mode(answer) for answer in answers[1:]]
    if not theirs or not all(mode in MODES for mode in theirs):
        return UNREAD
    return max([mode for mode in theirs if mode], key=MODES.index)


def _mode(answer: Any) -> str | None:
    found = answer.get("mode") if isinstance(answer, dict) else None
    return found if found in (*MODES, INHERIT) else None


def _texts(answer: Any) -> list[str] | None:
    found = answer.get("allowed_modes") if isinstance(answer, dict) else None
    return found if isinstance(found, list) and all(isinstance(item, str) for item in found) else None


def _reason(mode: str) -> str:
    found = "its mode could not be read" if mode in (UNKNOWN, UNREAD) else f"its mode is {mode!r}"
    return (
        "The data retention of this team's Project must be 'none', and "
        f"{found}: what is sent could be kept. The deployment's operators set it with: make retention"
    )
