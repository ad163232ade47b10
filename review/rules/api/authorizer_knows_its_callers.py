"""An authorizer says whose team it is of, and whom it lets in: roles, each by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from review.deployment import Deployment
from review.rules.alarms import tags
from review.rules.authorizers import authorizers
from review.rules.facts import Function
from review.rules.rule import Result, Rule, controls, judged

_TEAM, _CALLERS = "CLOISTER_TEAM", "CLOISTER_CALLERS"
#: A role, or a permission set, whose role Identity Center gives an end of sixteen letters.
_NAMED = re.compile(
    r"arn:[a-z-]+:iam::[0-9]{12}:role/"
    r"(?:(?:[^,*?]+/)?[\w+=.@-]+|aws-reserved/sso\.amazonaws\.com/\*AWSReservedSSO_[\w+=.@-]+_\?{16})",
    re.ASCII,
)


def _check(deployment: Deployment) -> Iterator[Result]:
    for function in authorizers(deployment):
        yield judged(lambda d, _, its=function: _judge(d, its), deployment, function.resource)  # type: ignore[misc]


def _judge(deployment: Deployment, function: Function) -> str:
    known = (function.properties.get("Environment") or {}).get("Variables") or {}
    callers = str(known.get(_CALLERS) or "")
    if not callers:
        return f"nothing says whom it lets in: {_CALLERS} does"
    strange = [caller for caller in callers.split(",") if _NAMED.fullmatch(caller) is None]
    if strange:
        return f"it lets {strange[0]} in, which is no role by its name, and no permission set"
    team = tags(deployment, function.resource).get("team")
    if not known.get(_TEAM) or (team is not None and known[_TEAM] != team):
        return f"its lines are of team {known.get(_TEAM) or 'nobody'}, and it is of team {team or 'nobody'}"
    return ""


RULE = Rule(
    id="authorizer-knows-its-callers",
    title="An authorizer says whose team it is of, and whom it lets in: roles, each by name",
    why="a pattern lets in whoever makes a role that meets it, and a line of nobody's is found by nobody",
    severity="high",
    fix="name each caller's role by its whole ARN, a permission set by its name, and the team",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    controls=controls(nist="AC-3 AC-6 AU-3", owasp="LLM02", soc2="CC6.1 CC6.3", aws="IAM-02"),
    check=_check,
)
