"""Logs that functions and APIs write are looked through for keys and card numbers, which are masked and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.alarms import is_looked_at
from review.rules.facts import Function, functions, is_a_teams_own, listed, whole
from review.rules.rule import NotApplicableError, Rule, controls, each

Json = Any
#: What no line of a record is like, and a secret that was written by mistake is
#: (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html).
SOUGHT = frozenset(
    {
        *("AwsSecretKey", "CreditCardNumber", "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey"),
        *("PuttyPrivateKey", "Ssn-US"),
    }
)
_VERSION = "2021-06-01"
_EXECUTION = "API-Gateway-Execution-Logs_"


@each("AWS::Logs::LogGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    name = deployment.resolver.reference(group.id, group.stack)
    if is_a_teams_own(group) and name not in deployment.once(_platforms):
        raise NotApplicableError("a team's own class made it, and its own functions alone write it")
    if name not in deployment.once(_written) and not name.startswith(_EXECUTION):
        raise NotApplicableError("no function and no API writes it")
    if not deployment.once(_any):
        raise NotApplicableError("no log group has a data protection policy: the deployment does without")
    policy = deployment.resolver.of(group, "DataProtectionPolicy")
    if not isinstance(policy, Mapping) or policy.get("Version") != _VERSION:
        return f"nothing looks for secrets in it: a data protection policy of version {_VERSION} is right"
    if not policy.get("Name"):
        return "its data protection policy has no Name, and CloudWatch Logs requires one"
    for operation in ("Audit", "Deidentify"):
        missing = SOUGHT - _sought(policy, operation)
        if missing:
            return f"{operation} of its data protection leaves out {sorted(missing)[0]}"
    wanted = {"LogGroupName": name, "DataProtectionOperation": "Audit"}
    if not is_looked_at(deployment, "AWS/Logs", "LogEventsWithFindings", wanted):
        return "no alarm is raised when something is found in it"
    return ""


def _any(deployment: Deployment) -> bool:
    groups = deployment.assembly.of_type("AWS::Logs::LogGroup")
    return any(deployment.resolver.of(group, "DataProtectionPolicy") for group in groups)


def _sought(policy: Json, operation: str) -> set[str]:
    found: set[str] = set()
    for statement in listed(policy.get("Statement")):
        said = (statement.get("Operation") or {}).get(operation)
        complete = said is not None and ("FindingsDestination" if operation == "Audit" else "MaskConfig") in said
        if complete:
            found |= {str(each).rpartition("/")[2] for each in listed(statement.get("DataIdentifier"))}
    return found


def _written(deployment: Deployment) -> set[str]:
    """The groups that functions and stages of APIs write to, by name."""
    return _groups(deployment, functions(deployment))


def _platforms(deployment: Deployment) -> set[str]:
    """Those among them that others than a team's own functions write to."""
    return _groups(deployment, [f for f in functions(deployment) if not is_a_teams_own(f.resource)])


def _groups(deployment: Deployment, writers: Iterable[Function]) -> set[str]:
    found = {str((f.properties.get("LoggingConfig") or {}).get("LogGroup")) for f in writers}
    for stage in deployment.assembly.of_type("AWS::ApiGateway::Stage"):
        place = (deployment.resolver.of(stage, "AccessLogSetting") or {}).get("DestinationArn")
        found.add(whole(str(place).rpartition(":log-group:")[2].removesuffix(":*")))
    return found


RULE = Rule(
    id="logs-mask-what-no-line-holds",
    title="Logs of functions and APIs are looked through for keys and card numbers, which are masked and told",
    why="a line that somebody adds in a hurry writes what it should not, and stays readable for as long as the log",
    severity="medium",
    fix="give the log group a data protection policy that audits and masks, and an alarm on LogEventsWithFindings",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html",
    controls=controls(nist="AU-9 SI-4 SI-12", owasp="LLM02", ai600="2.4", soc2="C1.1 CC6.7", lens="GENSEC02-BP01"),
    check=_check,
)
