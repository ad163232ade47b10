"""Every log group is encrypted with a key of the deployment."""

from __future__ import annotations

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import key_arns, output
from review.rules.rule import NotApplicableError, Rule, controls, each


@each("AWS::Logs::LogGroup")
def _check(deployment: Deployment, group: Resource) -> str:
    named = deployment.resolver.of(group, "KmsKeyId")
    if named and named == output(deployment, "CompanyLogsKey"):
        raise NotApplicableError(f"the deployment says in its output CompanyLogsKey that {named} is the company's")
    return (
        ""
        if named in key_arns(deployment)
        else f"it is encrypted with {named or 'a key of AWS'}, which is no key of the deployment"
    )


RULE = Rule(
    id="log-group-is-encrypted",
    title="Every log group is encrypted with a key of the deployment",
    why="who may read the records is then decided by the key's policy too",
    severity="high",
    fix="set KmsKeyId to the deployment's key",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    controls=controls(nist="AU-9 SC-12 SC-28", soc2="CC6.1 C1.1", aws="INFRA-07"),
    check=_check,
)
