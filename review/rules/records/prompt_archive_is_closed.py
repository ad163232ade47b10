"""An archive of prompts is read by one role, written by proxies, deleted by nobody, locked and watched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from review.assembly import Resource
from review.deployment import Deployment
from review.rules.facts import is_on, listed, of
from review.rules.prompts import archives
from review.rules.rule import Result, Rule, controls, judged

Json = Any
_READER = re.compile(r"arn:[a-z-]+:iam::[^:*]+:role(?P<path>/cloister-auditors/[^/*]+/prompts/[^/*]+/)\*")
_WRITER = re.compile(r"arn:[a-z-]+:iam::[^:*]+:role/cloister/[^/*]+/proxy/\*")
#: What the role that reads may do: nothing that changes anything.
_READS = re.compile(r"s3:(Get|List)[A-Za-z]+|kms:Decrypt")
#: What the bucket's policy and the key's have to deny, and to whom not: nobody, or the roles of a path.
_BUCKET = (
    (("s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectVersion", "s3:GetObjectVersionForReplication"), _READER),
    (("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:ReplicateObject"), _WRITER),
    (
        (
            *("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectLegalHold"),
            *("s3:PutObjectRetention", "s3:ReplicateDelete"),
        ),
        None,
    ),
)
_KEY = (
    (("kms:CreateGrant", "kms:Decrypt", "kms:ReEncryptFrom"), _READER),
    (("kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptTo"), _WRITER),
)
#: What a trail's selector may choose events by; by anything else it leaves some out.
_CHOSEN_BY = {"eventCategory", "resources.type", "resources.ARN"}


def _check(deployment: Deployment) -> Iterator[Result]:
    for bucket in {bucket.place: bucket for _, _, bucket in archives(deployment) if bucket is not None}.values():
        yield judged(_judge, deployment, bucket)


def _judge(deployment: Deployment, bucket: Resource) -> str:
    known, arn = of(deployment, bucket), deployment.resolver.arn(bucket)
    retention = ((known.get("ObjectLockConfiguration") or {}).get("Rule") or {}).get("DefaultRetention") or {}
    if not is_on(known.get("ObjectLockEnabled")) or retention.get("Mode") not in ("GOVERNANCE", "COMPLIANCE"):
        return "its objects are under no Object Lock"
    if (wrong := _time(known, retention)) is not None:
        return wrong
    policies = [
        deployment.resolver.of(policy, "PolicyDocument")
        for policy in deployment.assembly.of_type("AWS::S3::BucketPolicy")
        if deployment.resolver.of(policy, "Bucket") == deployment.resolver.reference(bucket.id, bucket.stack)
    ]
    lacks = _lacks(policies, _BUCKET, {f"{arn}/*"})
    if lacks:
        return f"its policy does not deny {lacks}"
    keys = [key for key in deployment.assembly.of_type("AWS::KMS::Key") if _encrypts(deployment, key, bucket)]
    closing = [deployment.resolver.of(key, "KeyPolicy") for key in keys]
    lacks = _lacks(closing, _KEY, {"*"})
    if lacks:
        return f"its key's policy does not deny {lacks}"
    if strange := _reads(deployment, bucket, [*policies, *closing]):
        return strange
    for other in deployment.assembly.of_type("AWS::S3::Bucket"):
        if other.place != bucket.place and any(_encrypts(deployment, key, other) for key in keys):
            return f"its key is that of {other.place} too"
    if through := _through(deployment, arn):
        return f"{through} lets more through to it than putting objects"
    return "" if _watched(deployment, arn) else "no trail of these templates records who reads it"


def _time(known: Json, retention: Json) -> str | None:
    """What is wrong with the time: it is locked for as long as it is kept."""
    rules = (known.get("LifecycleConfiguration") or {}).get("Rules") or []
    kept = [rule.get("ExpirationInDays") for rule in rules if rule.get("Status") == "Enabled"]
    if kept == [retention.get("Days")] and kept != [None]:
        return None
    return f"it is locked for {retention.get('Days')} days, and deleted after {', '.join(map(str, kept)) or 'none'}"


def _through(deployment: Deployment, arn: str) -> str:
    """The statement of an endpoint's policy that lets more through to it."""
    for endpoint in deployment.attached("AWS::EC2::VPCEndpoint"):
        for statement in endpoint.document.statements if endpoint.document else ():
            values = statement.resource.values if statement.resource else ()
            if statement.effect != "Allow" or not any(value.startswith(arn) for value in values):
                continue
            if statement.action is None or statement.action.values != ("s3:PutObject",):
                return statement.place
    return ""


def _encrypts(deployment: Deployment, key: Resource, bucket: Resource) -> bool:
    return f"'{deployment.resolver.arn(key)}'" in str(deployment.resolver.of(bucket, "BucketEncryption"))


def _lacks(policies: list[Json], wanted: Json, resources: set[str]) -> str:
    denied = [s for policy in policies for s in listed((policy or {}).get("Statement")) if s.get("Effect") == "Deny"]
    for actions, but in wanted:
        for action in actions:
            if not any(_denies(statement, action, but, resources) for statement in denied):
                return f"{action} to whoever is not the one who is to have it" if but else f"{action} to everybody"
    return ""


def _reads(deployment: Deployment, bucket: Resource, policies: list[Json]) -> str:
    """What is wrong with the roles that the denials leave out: there is one, which people take on, and it reads."""
    paths = {found[0].removesuffix("*") for found in _READER.finditer(str(policies))}
    roles = [role for role in deployment.identities.roles.values() if role.arn.startswith(tuple(paths))]
    if len(paths) != 1 or [role.resource.stack for role in roles] != [bucket.stack]:
        return f"the roles that its policy lets read are {', '.join(role.resource.place for role in roles) or 'none'}"
    (role,) = roles
    if role.services:
        return f"{role.resource.place}, which reads it, is taken on by {', '.join(role.services)}"
    if role.trust is None or ":role/cloister" in str(role.trust.written):
        return f"{role.resource.place}, which reads it, is taken on by roles of the deployment's own"
    for statement in (statement for group in role.groups for statement in group):
        if statement.action is None or not all(_READS.fullmatch(action) for action in statement.action.values):
            return f"{role.resource.place}, which reads it, may do more than read"
    return ""


def _denies(statement: Json, action: str, but: re.Pattern[str] | None, resources: set[str]) -> bool:
    if action not in listed(statement.get("Action")) or statement.get("Principal") not in ("*", {"AWS": "*"}):
        return False
    if not resources <= set(map(str, listed(statement.get("Resource")))):
        return False
    condition = statement.get("Condition")
    if but is None or not condition:
        return not condition
    patterns = listed((condition.get("ArnNotLike") or {}).get("aws:PrincipalArn"))
    return (
        condition.keys() == {"ArnNotLike"}
        and condition["ArnNotLike"].keys() == {"aws:PrincipalArn"}
        and len(patterns) == 1
        and but.fullmatch(str(patterns[0])) is not None
    )


def _watched(deployment: Deployment, arn: str) -> bool:
    trails = list(deployment.assembly.of_type("AWS::CloudTrail::Trail"))
    for trail in trails:
        for selector in deployment.resolver.of(trail, "AdvancedEventSelectors") or []:
            fields = {f.get("Field"): f for f in selector.get("FieldSelectors") or []}
            begins = (fields.get("resources.ARN") or {}).get("StartsWith") or []
            if (fields.get("resources.type") or {}).get("Equals") == ["AWS::S3::Object"] and f"{arn}/" in begins:
                return fields.keys() <= _CHOSEN_BY
    return not trails


RULE = Rule(
    id="prompt-archive-is-closed",
    title="An archive of prompts is read by one role, written by proxies, deleted by nobody, locked and watched",
    why="prompts and answers in full are what a team, an administrator or an intruder would look for",
    severity="critical",
    fix="deny reading, writing and deleting in the policies of bucket and key as the construct PromptArchive does",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html",
    controls=controls(nist="AC-3 AC-6 AU-9 SC-28", soc2="CC6.1 C1.1", aws="DATA-04"),
    check=_check,
)
