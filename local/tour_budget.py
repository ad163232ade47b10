"""The part of the tour in which a team runs out of its budget: a few signed requests, and the words of the refusal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from local import callers
from local.deployment import Deployment
from local.failure import LocalError
from local.keys import Keys
from local.terminal import Terminal
from review.words import many
from stacks.settings import Team

#: Requests after which a budget counts as too large to run out in a tour.
MOST = 12
_PAUSES = (0.5, 1.0, 2.0)
_BODY = {"messages": [{"role": "user", "content": "say: Counted to the last token."}], "max_tokens": 60}
#: What a budget may be, in USD, for the tour to spend all of it.
_SMALL = 0.02


def team_with_budget(here: Deployment) -> Team | None:
    """Return a team whose requests are signed and whose budget is small enough to run out in a few of them."""
    return next(
        (
            team
            for team in here.settings.teams
            if team.access == "iam" and team.budget and team.budget.usd_per_month <= _SMALL
        ),
        None,
    )


def run(terminal: Terminal, here: Deployment, outputs: Mapping[str, Mapping[str, str]]) -> None:
    """Send requests until the budget is spent, and show what is said then.

    Raises
    ------
    LocalError
        If it is never spent, or something else is answered.
    """
    team = team_with_budget(here)
    if team is None or team.budget is None:
        return
    out = outputs[here.team_stack(team.name)]
    terminal.title(f"Team {team.name} may spend {team.budget.usd_per_month:g} USD a month: it asks until that is spent")
    key = _key(here, team)
    for answered in range(MOST + 1):
        response = _patient(lambda: _ask(here, out, key, team))
        said = json.loads(response.content)
        if response.status_code == 429 and said["error"]["code"] == "insufficient_quota":
            terminal.say(f"{many(answered, 'answer')}, then 429 {said['error']['code']}: {said['error']['message']}")
            terminal.say(f"x-should-retry: {response.headers.get('x-should-retry')} (so that no client asks again)")
            return
        if response.status_code != 200:
            raise LocalError(f"HTTP {response.status_code}: {said}", next_command="make down up")
    raise LocalError(f"{MOST} requests did not spend the budget of {team.name}", next_command="make down up")


def _key(here: Deployment, team: Team) -> Credentials:
    for caller in callers.known(here.state):
        if caller.team == team.name:
            key = Keys(here.state.keys).find(caller.access_key)
            if key is not None:
                return Credentials(key.access_key, key.secret_key, key.session_token)
    raise LocalError(f"no session of a caller of {team.name} is known", next_command="make down up")


def _patient(ask: Callable[[], AWSResponse]) -> AWSResponse:
    """Ask again what is answered with 503, as any client does: on a busy machine the ledger may be late."""
    for pause in _PAUSES:
        response = ask()
        if response.status_code != 503:
            return response
        time.sleep(pause)
    return ask()


def _ask(here: Deployment, out: Mapping[str, str], key: Credentials, team: Team) -> AWSResponse:
    body = json.dumps({"model": team.models[0], **_BODY})
    url = f"{here.base_url(out['ApiId'])}/chat/completions"
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(key, "execute-api", here.settings.deployment.region).add_auth(request)
    return URLLib3Session(timeout=60).send(request.prepare())
