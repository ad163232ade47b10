"""Where text rests, who reads records, how tampering shows, and what a data subject can ask for."""

from __future__ import annotations

import re

from review.assembly import Resource
from review.page.answer import Answer, Question, answer
from review.page.evidence import Evidence
from review.page.questions.said import judged, proved
from review.page.source import Line
from review.rules.facts import allows
from review.words import many

#: What reads a record, of a log group or a bucket.
READS = ("logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery", "logs:GetLogRecord", "s3:GetObject")
#: Types in which something rests: the property that names a key.
STORES = {
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::S3::Bucket": "BucketEncryption",
    "AWS::DynamoDB::Table": "SSESpecification",
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
}

#: Types in which something rests: the property that says for how long; a topic has none.
#: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
ENDS = {
    "AWS::Logs::LogGroup": "RetentionInDays",
    "AWS::S3::Bucket": "LifecycleConfiguration",
    "AWS::DynamoDB::Table": "TimeToLiveSpecification",
    "AWS::SQS::Queue": "MessageRetentionPeriod",
    "AWS::SNS::Topic": "",
}


def stores(evidence: Evidence) -> list[tuple[Resource, str, str]]:
    """Return everything in which something rests: its key, and for how long."""
    return [
        (r, key_of(evidence.shown(evidence.read(r, STORES[r.type]))), _kept(evidence, r))
        for r in evidence.of_type(*STORES)
    ]


def key_of(text: str) -> str:
    """Return the key that a property names, without what stands around it.

    Example
    -------
    >>> key_of('{"KMSMasterKeyID": "arn:aws:kms:eu-west-1:ACCOUNT:key/<Audit.Key>"}'), key_of("null")
    ('Audit.Key', "AWS's own key")
    """
    named = re.search(r"key/<?([^<>\"]+)", text)
    return named[1] if named else "AWS's own key" if text in ("null", "") else text


def _kept(evidence: Evidence, store: Resource) -> str:
    if store.type == "AWS::Logs::LogGroup":
        days = evidence.read(store, "RetentionInDays")
        return many(int(days), "day") if days else "for ever"
    if store.type == "AWS::SNS::Topic":
        return "until it is delivered, or its retries have ended"
    if store.type == "AWS::SQS::Queue":
        seconds = evidence.read(store, "MessageRetentionPeriod")
        return f"{seconds} seconds" if seconds else "4 days"
    if store.type == "AWS::DynamoDB::Table":
        ends = (evidence.read(store, "TimeToLiveSpecification") or {}).get("AttributeName")
        return f"until what its {ends} says" if ends else "until it is deleted"
    rules = (evidence.read(store, "LifecycleConfiguration") or {}).get("Rules") or []
    days = [rule["ExpirationInDays"] for rule in rules if isinstance(rule, dict) and "ExpirationInDays" in rule]
    return f"{min(days)} days" if days else "until it is deleted"


def _rest(evidence: Evidence) -> Answer:
    rows, lines = [], []
    for store, key, kept in stores(evidence):
        rows.append([store.place, store.type, key, kept])
        lines.append(evidence.line(store, STORES[store.type]))
    return answer(
        "The table has everything of the templates in which anything rests, with its key and its time.",
        *judged(
            evidence, "log-group-is-encrypted", "log-group-has-an-end", "bucket-has-a-customer-key", "writes-no-prompts"
        ),
        headings=("What", "Type", "Encrypted by", "Kept"),
        rows=rows,
        lines=[
            *lines,
            *evidence.rule(
                "log-group-is-encrypted", "log-group-has-an-end", "bucket-has-a-customer-key", "writes-no-prompts"
            ),
        ],
        beyond=(
            "That no code writes text of a prompt into any of these is the tests' to show: "
            "docs/isolation.md, sections Data "
            "and Between callers.",
            "Whether Bedrock keeps answers: the function sends store: false, and the Projects' retention "
            "mode is set to "
            "none by hand, as CloudFormation cannot. `make retention` shows it in the account.",
        ),
    )


def _readers(evidence: Evidence) -> Answer:
    found = [i for i in evidence.verdict.deployment.identities.all if any(allows(i, action) for action in READS)]
    rows = [[i.resource.place, ", ".join(a for a in READS if allows(i, a)), ", ".join(i.services)] for i in found]
    lines: list[Line] = [evidence.line(i.resource) for i in found]
    policies = evidence.of_type("AWS::S3::BucketPolicy", "AWS::Logs::ResourcePolicy")
    lines += [evidence.line(policy, "PolicyDocument") for policy in policies]
    said = (
        "These principals of the templates have a policy with an action that reads records."
        if rows
        else "No principal of the templates has an action that reads records."
    )
    return answer(
        said,
        proved(evidence, "evidence-stays"),
        proved(evidence, "perimeter-outside"),
        headings=("Principal", "Actions", "Taken on by"),
        rows=rows,
        lines=[*lines, *evidence.claim("evidence-stays")],
        beyond=("Who else of the account has rights to read logs stands in roles that are not of these templates.",),
    )


def _tampering(evidence: Evidence) -> Answer:
    lines = [evidence.line(t, "EnableLogFileValidation") for t in evidence.of_type("AWS::CloudTrail::Trail")]
    for bucket in evidence.of_type("AWS::S3::Bucket"):
        lines.append(evidence.line(bucket, "VersioningConfiguration"))
        if "ObjectLockConfiguration" in bucket.properties:
            lines.append(evidence.line(bucket, "ObjectLockConfiguration"))
    lines += [evidence.line(g, "DeletionProtectionEnabled") for g in evidence.of_type("AWS::Logs::LogGroup")]
    locked = any("ObjectLockConfiguration" in b.properties for b in evidence.of_type("AWS::S3::Bucket"))
    return answer(
        *judged(
            evidence, "trail-is-whole", "evidence-is-watched", "bucket-keeps-versions", "log-group-refuses-deletion"
        ),
        "A file of a trail that is validated, changed or missing, shows by `aws cloudtrail validate-logs`: "
        "AWS signs them.",
        "" if locked else "The bucket has no object lock: who may delete versions can; the record of it stays.",
        proved(evidence, "nothing-changed"),
        proved(evidence, "perimeter-inside"),
        lines=[*lines, *evidence.rule("trail-is-whole", "evidence-is-watched", "log-group-refuses-deletion")],
        beyond=(
            "Whether a single line of a log group is as it was written cannot be shown: no signature covers it.",
            "Validation itself is done on the files of the account.",
        ),
    )


def _subject(evidence: Evidence) -> Answer:
    found = stores(evidence)
    return answer(
        f"{many(len(found), 'store holds', 'stores hold')} what a request for access or erasure can reach: callers' "
        "ARNs and metadata, as far as the functions' code writes no text. Each entry ends by itself after the time "
        "in the table.",
        headings=("What", "Kept"),
        rows=[[store.place, kept] for store, _, kept in found],
        lines=[evidence.line(s, *_ends(s)) for s, _, _ in found],
        beyond=(
            "Whose person stands behind a role's session is known to the company's identity provider.",
            "Erasing single entries before their end is not possible: they are evidence. Whether that is right is the "
            "organisation's to decide.",
        ),
    )


def _ends(store: Resource) -> tuple[str, ...]:
    """The property that says for how long; none where none does: the resource itself is named then."""
    name = ENDS[store.type]
    return (name,) if name in store.properties else ()


QUESTIONS = {
    "rest": Question("rest", "Where do prompts rest, encrypted by what, and for how long?", _rest),
    "readers": Question("readers", "Who can read records?", _readers),
    "tampering": Question("tampering", "How is tampering with the record found?", _tampering),
    "subject": Question("subject", "What can a data subject's request reach?", _subject),
}
