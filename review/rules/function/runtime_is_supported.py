"""Every function runs on a runtime that AWS still mends."""

from __future__ import annotations

from datetime import date

from review.deployment import Deployment
from review.rules.facts import Function, each_function
from review.rules.rule import Rule, SoonError, controls
from review.words import many

#: The day after which AWS no longer mends a runtime, as Lambda's page had it on 2026-11-28:
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-supported
SUPPORTED = {
    "python3.11": "2027-06-30",
    "python3.12": "2028-10-31",
    "python3.13": "2029-06-30",
    "python3.14": "2029-06-30",
    "nodejs22.x": "2027-04-30",
    "nodejs24.x": "2028-04-30",
}
#: Days before that from which it is warned of: moving takes a test of the own Runtime API client.
NOTICE = 180


@each_function
def _check(deployment: Deployment, function: Function) -> str:
    runtime = str(function.properties.get("Runtime"))
    if runtime not in SUPPORTED:
        return f"it runs on {runtime}, which is not among the supported ones"
    left = (date.fromisoformat(SUPPORTED[runtime]) - deployment.day).days
    if left < 0:
        return f"it runs on {runtime}, which AWS has not mended since {SUPPORTED[runtime]}"
    if left <= NOTICE:
        raise SoonError(f"AWS mends {runtime} until {SUPPORTED[runtime]}: in {many(left, 'day')} it fails here")
    return ""


RULE = Rule(
    id="runtime-is-supported",
    title="Every function runs on a runtime that AWS still mends",
    why="a runtime without patches is a way in that is published",
    severity="medium",
    fix="move it to a supported runtime",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    controls=controls(nist="SI-2 SA-22", owasp="LLM04", soc2="CC7.1", aws="RUNTIME-03"),
    check=_check,
)
