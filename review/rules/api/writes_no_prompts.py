"""No log and no cache of an API can hold a prompt or an answer."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, listed, of
from review.rules.rule import Rule, controls, each

_PERSONAL = (
    "$input",
    "$context.requestOverride",
    "$context.responseOverride",
    "$context.authorizer.claims",
    "$context.path",
)


@each("AWS::ApiGateway::Stage")
def _check(deployment: Deployment, stage: Resource) -> str:
    known = of(deployment, stage)
    for setting in [
        *listed(known.get("MethodSettings")),
        *listed((known.get("CanarySetting") or {}).get("StageVariableOverrides")),
    ]:
        if is_on(setting.get("DataTraceEnabled")):
            return "data trace is on: prompts and answers go into the execution log"
        if setting.get("LoggingLevel") not in (None, "ERROR", "OFF"):
            return f"it logs at {setting.get('LoggingLevel')}: what a request holds may be in it"
        if is_on(setting.get("CachingEnabled")):
            return "it keeps answers in a cache"
    if is_on(known.get("CacheClusterEnabled")):
        return "it keeps answers in a cache"
    if is_on(known.get("TracingEnabled")):
        return "its requests are traced by X-Ray, by URL"
    text = str((known.get("AccessLogSetting") or {}).get("Format"))
    wrong = [word for word in _PERSONAL if word in text]
    return f"its access log holds {', '.join(wrong)}" if wrong else ""


RULE = Rule(
    id="writes-no-prompts",
    title="No log and no cache of an API can hold a prompt or an answer",
    why="a log with prompts in it is a second place where they rest, for others to read",
    severity="critical",
    fix=("leave data trace, the cache and tracing off, LoggingLevel at ERROR, and bodies out of the format"),
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    controls=controls(nist="AU-3(3) SC-28 SI-12", owasp="LLM02", ai600="2.4", soc2="C1.1 CC6.7"),
    check=_check,
)
