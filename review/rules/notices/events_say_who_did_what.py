"""What EventBridge tells people of a call is a sentence that says who called what, and when."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.calls import CALL
from review.rules.facts import is_a_teams_own, listed
from review.rules.rule import NotApplicableError, Rule, controls, each

#: What a person needs of a call to find out more.
_NEEDED = ("$.detail.eventName", "$.detail.userIdentity.arn", "$.detail.eventTime")
_NAMED = re.compile(r"<([A-Za-z0-9_-]+)>")


@each("AWS::Events::Rule")
def _check(deployment: Deployment, rule: Resource) -> str:
    if is_a_teams_own(rule):
        raise NotApplicableError("a team's own class made it")
    pattern = deployment.resolver.of(rule, "EventPattern") or {}
    if CALL not in listed(pattern.get("detail-type")):
        raise NotApplicableError("it tells of no call")
    for target in listed(deployment.resolver.of(rule, "Targets")):
        said = target.get("InputTransformer") or {}
        paths, text = said.get("InputPathsMap") or {}, str(said.get("InputTemplate", ""))
        named = set(_NAMED.findall(text))
        unknown = sorted(named - paths.keys())
        if unknown:
            return f"its message says <{unknown[0]}>, for which it takes nothing from the event"
        missing = [path for path in _NEEDED if path not in {paths[name] for name in named}]
        if missing:
            return f"its message does not say {missing[0].removeprefix('$.detail.')}"
    return ""


RULE = Rule(
    id="events-say-who-did-what",
    title="What EventBridge tells people of a call is a sentence that says who called what, and when",
    why="who is told of a change has to see at once whether it was meant, and a page of JSON is not read",
    severity="low",
    fix="give the target an InputTransformer whose text has eventName, userIdentity.arn and eventTime",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html",
    controls=controls(nist="AU-3 AU-6(1) IR-6", soc2="CC7.3", aws="DETECT-05"),
    check=_check,
)
