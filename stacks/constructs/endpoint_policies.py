"""What may pass each interface endpoint.

An endpoint policy grants nothing: it is a ceiling on what identity and resource policies grant. Each names the exact
action, principals of this account, and, where the action has resources, resources of this deployment or, where the
register `WIDER` says why, of this account and Region. Credentials of another account that somebody brings into the VPC
are of no use through these endpoints, and nor is anything in another account.

``aws:ResourceAccount`` is in each policy whose action has a resource, with ``IfExists``: it is not documented for every
one of these services, and the resources are bounded by their ARNs either way. The ARN of a bucket holds no account: for
S3, for which the key is documented, it is demanded.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.digest_key import HMAC_SHA_256_ONLY
from stacks.constructs.signing_key import DIGESTS_ONLY

#: Whatever in an endpoint policy is wider than one principal, one resource or one certain condition, by the statement's
#: Sid and the part of it, with the reason. A test finds what is wide in the synthesised policies and compares.
WIDER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("InvokePrivateApisOfThisAccount", "Resource"): (
            "Any API of this account and Region, at the deployment's stage: naming the teams' APIs would make each new "
            "team a change of the network. Each API's own resource policy names the endpoint and the callers."
        ),
        ("InvokePrivateApisOfThisAccount", "aws:PrincipalAccount IfExists"): (
            "A caller with a bearer token is anonymous to this policy; the API's authorizer knows it."
        ),
        ("InvokePrivateApisOfThisAccount", "aws:ResourceAccount IfExists"): (
            "The key is not documented for this service; the ARN bounds the account."
        ),
        ("InvokeFromTheOrganisation", "Resource"): (
            "As for this account: which API takes a caller of another account is said by that API's resource policy."
        ),
        ("InvokeFromTheOrganisation", "aws:ResourceAccount IfExists"): (
            "The key is not documented for this service; the ARN bounds the account."
        ),
        ("InferInProjectsOfThisAccount", "Resource"): (
            "Any Project of this account and Region: naming the teams' Projects would make every new team a change of "
            "the network. Each proxy's role names its own Project alone."
        ),
        ("InferInProjectsOfThisAccount", "aws:PrincipalArn"): (
            "The proxies' roles of all teams, by their path: naming each would make every new team a change of the "
            "network. Making a role on that path is denied to everybody but the deployment, by the organisation."
        ),
        ("ReadRetentionOfThisAccountsProjects", "Resource"): "As for the inference itself.",
        ("ReadRetentionOfThisAccountsProjects", "aws:PrincipalArn"): "As for the inference itself.",
        ("ReadRetentionOfThisAccountsProjects", "aws:ResourceAccount IfExists"): (
            "The key is not documented for this service; the ARN bounds the account."
        ),
        ("ApplyGuardrailsOfThisDeployment", "aws:PrincipalArn"): "As for the models.",
        ("InferInProjectsOfThisAccount", "aws:ResourceAccount IfExists"): (
            "The key is not documented for this service; the ARN bounds the account."
        ),
        ("ApplyGuardrailsOfThisDeployment", "aws:ResourceAccount IfExists"): (
            "The key is not documented for this service; the ARN bounds the account."
        ),
        ("IdentifyPrincipalsOfThisAccount", "Resource"): "The action has no resource type.",
        ("ReadImagesOfNamedBuckets", "Resource"): (
            "Any object of the buckets that the deployment names: naming the teams' prefixes would make every team's "
            "change one of the network. Each proxy's role names its own prefixes alone."
        ),
        ("ReadImagesOfNamedBuckets", "aws:PrincipalArn"): "As for the models.",
        # One statement a bucket, numbered.
        ("UseBucketOfAnExtension", "Resource"): (
            "Any object of one team's bucket: where in it a function reads and writes is the team's, and its role's "
            "policy says it."
        ),
        ("UseBucketOfAnExtension", "aws:PrincipalArn"): (
            "The roles of one team's own functions, by their path: CloudFormation names them, and each new one would "
            "be a change of the network. Making a role on that path is denied to everybody but the deployment, by the "
            "organisation."
        ),
        ("UseQueueOfAnExtension", "aws:PrincipalArn"): "As for the buckets of the teams' own functions.",
        ("ArchivePromptsOfNamedTeams", "Resource"): (
            "Any object below the team's name in the archive of each team that has one: an object's name holds the "
            "day and the id of its request. Each proxy's role names its own archive alone."
        ),
        ("ArchivePromptsOfNamedTeams", "aws:PrincipalArn"): "As for the models.",
        ("KeepLedgersOfThisDeployment", "Resource"): (
            "The ledgers of all teams, by the name of their stacks: naming each would make every new team a change of "
            "the network. Each proxy's role names its own table alone."
        ),
        ("KeepLedgersOfThisDeployment", "aws:PrincipalArn"): "As for the models.",
        ("SignRecordsWithKeysOfThisAccount", "Resource"): (
            "Any key of this account and Region: a key has no name but its id, so naming the teams' would make every "
            "new team a change of the network. Signing a digest takes no data out, each proxy's role names its own key "
            "alone, and the keys let nobody but proxies sign."
        ),
        ("SignRecordsWithKeysOfThisAccount", "aws:PrincipalArn"): "As for the models.",
        ("MakeDigestKeysByKeysOfThisAccount", "Resource"): (
            "The keys of digests are in the teams' stacks, which are deployed after the network. Each lets the proxies "
            "and the auditors alone use it, and each proxy's role names its own."
        ),
        ("MakeDigestKeysByKeysOfThisAccount", "aws:PrincipalArn"): "As for the models.",
    }
)

_NO_MORE: Mapping[str, str] = MappingProxyType({})


def call_private_apis(stack: Stack, *, stage: str, organization: str | None = None) -> list[iam.PolicyStatement]:
    """Policy of the execute-api endpoint, the callers' endpoint.

    A caller with a bearer token is anonymous at this layer (AWS evaluates only SigV4 callers as themselves:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html). For such a
    request ``aws:PrincipalAccount`` is documented to be ``anonymous``
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount);
    should the key be absent instead, ``IfExists`` lets the request through as well. A principal of another account is
    refused either way, unless an organisation is given and the principal is of it: which API takes it, and which takes
    anonymous requests, is said by that API's own resource policy and authorizer.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the resources.
    stage
        Stage of the teams' APIs.
    organization
        Id of the organisation whose principals may pass too, for callers in other accounts.
    """
    resource = stack.format_arn(service="execute-api", resource="*", resource_name=f"{stage}/*")
    owned = {"aws:ResourceAccount": stack.account}
    statements = [
        iam.PolicyStatement(
            sid="InvokePrivateApisOfThisAccount",
            principals=[iam.StarPrincipal()],
            actions=["execute-api:Invoke"],
            resources=[resource],
            conditions={"StringEqualsIfExists": {"aws:PrincipalAccount": [stack.account, "anonymous"], **owned}},
        )
    ]
    if organization is not None:
        statements.append(
            iam.PolicyStatement(
                sid="InvokeFromTheOrganisation",
                principals=[iam.StarPrincipal()],
                actions=["execute-api:Invoke"],
                resources=[resource],
                conditions={"StringEquals": {"aws:PrincipalOrgID": organization}, "StringEqualsIfExists": owned},
            )
        )
    return statements


def infer(stack: Stack, *, models: Collection[str], roles: str) -> list[iam.PolicyStatement]:
    """Policy of the bedrock-mantle endpoint: inference with the given models in this account's Projects.

    Beside it passes reading what a Project and a model keep. What else there is to call in the service (files,
    fine-tuning, changing Projects or the retention of data) does not.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the resources.
    models
        Ids of the models that may be used at all in this deployment. Mantle has no model ARN: the condition key
        ``bedrock-mantle:Model`` is the only way to name one.
    roles
        ARN of the roles that may pass, with a wildcard for their names: a session of any other role does not.
    """
    projects = stack.format_arn(service="bedrock-mantle", resource="project", resource_name="*")
    return [
        iam.PolicyStatement(
            sid="InferInProjectsOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=["bedrock-mantle:CreateInference"],
            resources=[projects],
            conditions={
                "StringEquals": {"aws:PrincipalAccount": stack.account, "bedrock-mantle:Model": sorted(models)},
                "ArnLike": {"aws:PrincipalArn": roles},
                "StringEqualsIfExists": {"aws:ResourceAccount": stack.account},
            },
        ),
        iam.PolicyStatement(
            sid="ReadRetentionOfThisAccountsProjects",
            principals=[iam.AnyPrincipal()],
            actions=["bedrock-mantle:GetModel", "bedrock-mantle:GetProject"],
            resources=[projects],
            conditions={
                "StringEquals": {"aws:PrincipalAccount": stack.account},
                "ArnLike": {"aws:PrincipalArn": roles},
                "StringEqualsIfExists": {"aws:ResourceAccount": stack.account},
            },
        ),
    ]


def apply_guardrails(stack: Stack, *, guardrails: Collection[str], roles: str) -> list[iam.PolicyStatement]:
    """Policy of the bedrock-runtime endpoint: this deployment's guardrails, and no model.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals.
    guardrails
        ARNs of the guardrails, and of the guardrail profile when they are of the tier STANDARD: applying such a
        guardrail is a call on both
        (https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region.html).
    roles
        ARN of the roles that may pass, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid="ApplyGuardrailsOfThisDeployment",
            principals=[iam.AnyPrincipal()],
            actions=["bedrock:ApplyGuardrail"],
            resources=list(guardrails),
            conditions={
                "StringEquals": {"aws:PrincipalAccount": stack.account},
                "ArnLike": {"aws:PrincipalArn": roles},
                "StringEqualsIfExists": {"aws:ResourceAccount": stack.account},
            },
        )
    ]


def identify_callers(stack: Stack) -> list[iam.PolicyStatement]:
    """Policy of the sts endpoint: who a presigned request is from, and no way to become anybody else.

    The authorizer forwards a request that the caller signed, so it is the caller's account that is compared here. The
    action has no resource type, which is why the resource is ``*`` and its account is not compared.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals.
    """
    return [
        iam.PolicyStatement(
            sid="IdentifyPrincipalsOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=["sts:GetCallerIdentity"],
            resources=["*"],
            conditions={"StringEquals": {"aws:PrincipalAccount": stack.account}},
        )
    ]


def read_images(stack: Stack, *, buckets: Collection[str], roles: str) -> list[iam.PolicyStatement]:
    """Policy of the s3 endpoint: reading objects of the named buckets, while they are this account's.

    Writing, listing and every other bucket do not pass: a bucket is a place to send data to. ``aws:ResourceAccount`` is
    what keeps a name that was given up, and taken by somebody else, from being read
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceaccount).

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals and the buckets.
    buckets
        Names of the buckets.
    roles
        ARN of the roles that may pass, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid="ReadImagesOfNamedBuckets",
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject"],
            resources=[
                stack.format_arn(service="s3", region="", account="", resource=bucket, resource_name="*")
                for bucket in buckets
            ],
            conditions=within(stack, roles),
        )
    ]


def keep_ledgers(stack: Stack, *, tables: str, roles: str) -> list[iam.PolicyStatement]:
    """Policy of the dynamodb endpoint: writing an item of a ledger, by the one action that the proxies know.

    A table is a place to send data to, so no other table passes, of this account or another.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals and the tables.
    tables
        ARN of the ledgers, with a wildcard for the teams.
    roles
        ARN of the roles that may pass, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid="KeepLedgersOfThisDeployment",
            principals=[iam.AnyPrincipal()],
            actions=["dynamodb:UpdateItem"],
            resources=[tables],
            conditions=within(stack, roles),
        )
    ]


def sign_records(stack: Stack, *, roles: str, digests: bool = False) -> list[iam.PolicyStatement]:
    """Policy of the kms endpoint: signing and authenticating, and nothing that encrypts, decrypts or tells.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals and the keys.
    roles
        ARN of the roles that may pass, with a wildcard for their names.
    digests
        Whether the keys of requests' digests are made too.
    """

    def one(sid: str, action: str, only: Mapping[str, str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            principals=[iam.AnyPrincipal()],
            actions=[action],
            resources=[stack.format_arn(service="kms", resource="key", resource_name="*")],
            conditions=within(stack, roles, only),
        )

    made = [one("SignRecordsWithKeysOfThisAccount", "kms:Sign", DIGESTS_ONLY)]
    if digests:
        made.append(one("MakeDigestKeysByKeysOfThisAccount", "kms:GenerateMac", HMAC_SHA_256_ONLY))
    return made


def within(stack: Stack, roles: str, more: Mapping[str, str] = _NO_MORE) -> dict[str, Any]:
    """Return the conditions that keep a call within the account: some roles of it, on what is its own.

    Parameters
    ----------
    stack
        The stack of the endpoint, whose account it is.
    roles
        ARN of the roles, with a wildcard for their names.
    more
        What else has to be equal.
    """
    own = {"aws:PrincipalAccount": stack.account, "aws:ResourceAccount": stack.account}
    return {"StringEquals": {**own, **more}, "ArnLike": {"aws:PrincipalArn": roles}}


def nothing() -> list[iam.PolicyStatement]:
    """Policy of an endpoint that is there to be seen: nobody, nothing, on anything."""
    return [
        iam.PolicyStatement(
            sid="NothingPasses",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["*"],
            resources=["*"],
        )
    ]


def as_text(stack: Stack, statements: Collection[iam.PolicyStatement]) -> str:
    """Return a policy as the JSON that the owner of an endpoint puts on it.

    Parameters
    ----------
    stack
        The stack that the values are of.
    statements
        The policy.
    """
    document: dict[str, Any] = iam.PolicyDocument(statements=list(statements)).to_json()
    return stack.to_json_string(document)
