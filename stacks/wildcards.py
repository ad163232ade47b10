"""Every wildcard in the policies of roles, keys, buckets and APIs, with the reason why nothing narrower would do.

Endpoint policies have a register of their own (`stacks.constructs.endpoint_policies`). A test finds the wildcards of
the synthesised templates, and fails for one that is not here, and for one here that is nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FORCED", "Wildcard"]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A wildcard in a statement that allows something, or in the actions of one that denies.

    Attributes
    ----------
    kind
        Type of the resource that the policy is or belongs to.
    sid
        The statement; `None` for those that CDK writes by itself.
    element
        ``Action``, ``Resource`` or ``Principal``.
    value
        What stands there, with ``{region}``, ``{account}`` and ``{id}`` for what differs between deployments.
    """

    kind: str
    sid: str | None
    element: str
    value: str


_ONE_KEY = "In a key policy `*` is the key that it stands on, and nothing else can be written there."
_INTERFACES = (
    "Lambda attaches the function to the VPC by this role, and its guide asks for all resource ids of the account and "
    "Region: they are not known beforehand. The function's own code is denied the same actions."
)
_NO_RESOURCE = "The actions have no resource type. The function's own code is denied them."
_GREEDY = (
    "The API has one greedy route; the stage, and the methods where a caller is granted them, are what can be named."
)
_IMAGES = (
    "The team's images are what is below the places that its file names; the objects come and go without a deployment."
)

_ARCHIVED = "An object of the archive is named after the day and the request that it is of, below the team's own name."

_GROUPS = "CloudFormation and API Gateway make the names of the log groups up; the actions read."

FORCED: Mapping[Wildcard, str] = MappingProxyType(
    {
        Wildcard("AWS::IAM::Policy", "LambdaSeesNetworkInterfaces", "Resource", "*"): _NO_RESOURCE,
        Wildcard("AWS::IAM::ManagedPolicy", "LambdaSeesNetworkInterfaces", "Resource", "*"): _NO_RESOURCE,
        Wildcard(
            "AWS::IAM::Policy", "LambdaManagesNetworkInterfaces", "Resource", "arn:aws:ec2:{region}:{account}:*/*"
        ): _INTERFACES,
        Wildcard(
            "AWS::IAM::ManagedPolicy",
            "LambdaManagesNetworkInterfaces",
            "Resource",
            "arn:aws:ec2:{region}:{account}:*/*",
        ): _INTERFACES,
        Wildcard(
            "AWS::IAM::ManagedPolicy",
            "CallOwnApi",
            "Resource",
            "arn:aws:execute-api:{region}:{account}:{id}/v1/GET/*",
        ): _GREEDY,
        Wildcard(
            "AWS::IAM::ManagedPolicy",
            "CallOwnApi",
            "Resource",
            "arn:aws:execute-api:{region}:{account}:{id}/v1/POST/*",
        ): _GREEDY,
        Wildcard("AWS::IAM::Policy", "ReadImages", "Resource", "arn:aws:s3:::{id}/*"): _IMAGES,
        Wildcard("AWS::IAM::ManagedPolicy", "ReadImages", "Resource", "arn:aws:s3:::{id}/*"): _IMAGES,
        Wildcard("AWS::ApiGateway::RestApi", "CallersThroughTheEndpoint", "Resource", "execute-api:/v1/*"): _GREEDY,
        Wildcard("AWS::ApiGateway::RestApi", "CallersThroughTheEndpoint", "Principal", "*"): (
            "A caller with a bearer token is anonymous to the resource policy; the authorizer knows it. The condition "
            "on the endpoint holds for it as for everybody. APIs whose callers sign name each of them."
        ),
        Wildcard(
            "AWS::ApiGateway::RestApi", "PermissionSetsThroughTheEndpoint", "Resource", "execute-api:/v1/*"
        ): _GREEDY,
        Wildcard("AWS::ApiGateway::RestApi", "PermissionSetsThroughTheEndpoint", "Principal", "*"): (
            "How the name of a permission set's role ends is Identity Center's to choose, and a principal cannot be a "
            "pattern: the condition on the principal's ARN names the set, and another statement denies all others."
        ),
        Wildcard("AWS::KMS::Key", "IamDecides", "Action", "kms:*"): (
            "No administrators are named in the settings, so the account's IAM policies decide, as AWS advises lest a "
            "key become unmanageable. Naming them takes the statement out; the stack's output says which it is."
        ),
        Wildcard("AWS::KMS::Key", "IamDecides", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "AdministratorsManage", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "SignersSign", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "ReadersVerify", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "UsersAuthenticate", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "BedrockKeepsTheGuardrail", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "ReadersOfTheBucket", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "ArchiveThroughS3", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::IAM::Policy", "ArchivePrompts", "Resource", "arn:aws:s3:::{id}/atlas/*"): _ARCHIVED,
        Wildcard("AWS::IAM::ManagedPolicy", "ArchivePrompts", "Resource", "arn:aws:s3:::{id}/atlas/*"): _ARCHIVED,
        Wildcard("AWS::IAM::Role", "ReadPrompts", "Resource", "{id}/*"): (
            "The archive is all that is in the bucket; its objects come and go without a deployment."
        ),
        Wildcard("AWS::KMS::Key", "LogGroupsOfThisAccount", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "TrailEncryptsItsFiles", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "TrailReadsTheKeyItUses", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "AlarmsUseTheTopic", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "RulesUseTheTopic", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "FirehoseKeepsWhatWaits", "Resource", "*"): _ONE_KEY,
        Wildcard("AWS::KMS::Key", "FirehoseWritesTheBucket", "Resource", "*"): _ONE_KEY,
        Wildcard(
            "AWS::IAM::Role", "ReadRecords", "Resource", "arn:aws:logs:{region}:{account}:log-group:Cloister-*:*"
        ): _GROUPS,
        Wildcard(
            "AWS::IAM::Role",
            "ReadRecords",
            "Resource",
            "arn:aws:logs:{region}:{account}:log-group:API-Gateway-Execution-Logs_*:*",
        ): _GROUPS,
        Wildcard("AWS::IAM::Role", "ReadWhatItsQueriesFound", "Resource", "*"): (
            "What a query found has no resource type; it is started on this deployment's log groups alone."
        ),
        Wildcard(
            "AWS::IAM::Role", "ReadPublicKeysOfRecords", "Resource", "arn:aws:kms:{region}:{account}:key/*"
        ): "A team's signing key is known by its alias, which the condition names: its id is made up.",
        Wildcard(
            "AWS::IAM::Role", "ConfirmRequests", "Resource", "arn:aws:kms:{region}:{account}:key/*"
        ): "A team's key of digests is known by its alias, which the condition names: its id is made up.",
        Wildcard("AWS::IAM::Role", "ReadTrailAndArchive", "Resource", "{id}/*"): (
            "The evidence is all that is in the bucket; its objects come and go without a deployment."
        ),
        Wildcard("AWS::IAM::Role", "WriteRecords", "Resource", "{id}/records/deployment=Cloister/*"): (
            "Firehose names each object that it delivers by the time at which it does."
        ),
        Wildcard("AWS::S3::BucketPolicy", "TrailDeliversItsFiles", "Resource", "{id}/AWSLogs/{account}/*"): (
            "The names of the files are CloudTrail's to choose below the account's prefix; the condition names "
            "the trail."
        ),
        Wildcard("AWS::S3::BucketPolicy", None, "Action", "s3:*"): (
            "A denial of plain HTTP and old TLS is meant for every action."
        ),
    }
)
