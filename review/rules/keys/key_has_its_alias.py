"""Every key has an alias of its own."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_a_teams_own
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::KMS::Key")
def _check(deployment: Deployment, key: Resource) -> str:
    if is_a_teams_own(key):
        raise NotApplicableError("a team's own class made it")
    names = {deployment.resolver.arn(key), deployment.resolver.reference(key.id, key.stack)}
    return "" if names & deployment.once(_aliased) else "it has no alias: documents that know keys by theirs pass it by"


def _aliased(deployment: Deployment) -> set[str]:
    """What aliases point at."""
    aliases = deployment.assembly.of_type("AWS::KMS::Alias")
    return {str(deployment.resolver.of(alias, "TargetKeyId")) for alias in aliases}


RULE = Rule(
    id="key-has-its-alias",
    title="Every key has an alias of its own",
    why="control policies keep administrators off keys by kms:ResourceAliases: one without an alias is left to them",
    severity="medium",
    fix="add an AWS::KMS::Alias that points at the key",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-resource-aliases",
    controls=controls(nist="SC-12 AC-3 CM-8", soc2="CC6.1", aws="INFRA-07"),
    check=_check,
)
