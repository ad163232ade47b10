"""What keys, buckets and logs give to whom themselves: to strangers nothing, to services what they deliver."""

from __future__ import annotations

from review.deployment import Attached, Deployment
from review.iam import Principal
from review.iam.document import Document
from review.proof.ask import request, statements
from review.proof.claim import Claim, Refuted, Witness
from review.proof.outsiders import ANONYMOUS, admitted, strangers
from review.proof.search import Found, actions_matching
from review.words import many

_TYPES = (
    "AWS::KMS::Key",
    "AWS::S3::BucketPolicy",
    "AWS::Logs::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::DynamoDB::Table",
)
#: Types that nobody else reaches while they have no policy of their own.
_CLOSED = ("AWS::DynamoDB::Table",)
#: What a service does that delivers logs and trails, and uses a key for them.
_DELIVERS = (
    *("s3:PutObject", "s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"),
    *("logs:CreateLogStream", "logs:PutLogEvents", "sns:Publish", "sqs:SendMessage"),
    *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
)


def _prove(deployment: Deployment) -> Refuted | str:
    found = [a for a in deployment.attached(*_TYPES) if a.document is not None or a.resource.type not in _CLOSED]
    delivering = statements({"Action": list(_DELIVERS)})
    for attached in found:
        document, partition = attached.document, deployment.partition(attached.resource)
        if document is None:
            return Refuted(attached.resource.place, "it has no policy of its own, and AWS's default is not seen here")
        actions = actions_matching(s for s in document.statements if s.effect == "Allow")
        for who in (*strangers(document, deployment.account, deployment.stranger, partition), ANONYMOUS):
            answer = admitted(document, who, actions, partition=partition)
            if answer is not None:
                name = who.name or "anybody without credentials"
                return _refuted(deployment, attached, document, who, answer, name)
        for name in sorted(_services(document)):
            service = Principal.parse(name)
            answer = admitted(document, service, actions, beyond=delivering, partition=partition)
            if answer is not None:
                return _refuted(deployment, attached, document, service, answer, name)
    return f"{many(len(found), 'policy', 'policies')} of keys, buckets, logs and the like" if found else ""


def _services(document: Document) -> set[str]:
    return {name for s in document.statements if s.principals for name in s.principals.kinds.get("Service", ())}


def _refuted(
    deployment: Deployment, attached: Attached, document: Document, who: Principal, found: Found, name: str
) -> Refuted:
    case = {
        "request": request(who.name or "anonymous", found, deployment.account),
        "identityPolicies": [
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ],
        "resourcePolicy": document.written,
    }
    says = f"{name} may {found.action} on {found.resource}, if its own account allows it"
    return Refuted(attached.resource.place, f"it lets {name} {found.action}", Witness(case, says))


CLAIM = Claim(
    id="evidence-stays",
    says="No policy of a key, a bucket, a log group, a table, a topic, a queue or a secret lets a principal of "
    "another account, or anybody without credentials, do anything, or a service of AWS anything but deliver.",
    why="evidence that others can read, change or delete is none",
    cure="name principals of this account in the statement that the witness shows, or bind it by aws:PrincipalAccount",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.md",
    prover=_prove,
    silent=(
        "Principals of this account: the claim `nothing-changed` is about those that the templates make.",
        "Grants on keys, and access control lists.",
    ),
)
