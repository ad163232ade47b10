"""What may pass each interface endpoint.

An endpoint policy grants nothing: it is a ceiling on what identity and resource policies grant. Each names the exact
action and, where the action has resources, resources of this account and Region only, so that credentials of another
account that somebody brings into the VPC are of no use through these endpoints.
"""

from collections.abc import Collection

from aws_cdk import Stack
from aws_cdk import aws_iam as iam


def call_private_apis(stack: Stack, *, stage: str) -> list[iam.PolicyStatement]:
    """Policy of the execute-api endpoint, the callers' door.

    A caller with a bearer token is anonymous at this layer (AWS evaluates only SigV4 callers as themselves:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-endpoint-policies.html). For such a
    request ``aws:PrincipalAccount`` is documented to be ``anonymous``
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalaccount);
    should the key be absent instead, ``IfExists`` lets the request through as well. A principal of another account is
    refused either way. The ids of the teams' APIs are not named here, since a new team would then change the network:
    which API takes anonymous requests is said by that API's own resource policy and authorizer.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the resources.
    stage
        Stage of the teams' APIs.
    """
    return [
        iam.PolicyStatement(
            sid="InvokePrivateApisOfThisAccount",
            principals=[iam.StarPrincipal()],
            actions=["execute-api:Invoke"],
            resources=[stack.format_arn(service="execute-api", resource="*", resource_name=f"{stage}/*")],
            conditions={"StringEqualsIfExists": {"aws:PrincipalAccount": [stack.account, "anonymous"]}},
        )
    ]


def infer(stack: Stack, *, models: Collection[str]) -> list[iam.PolicyStatement]:
    """Policy of the bedrock-mantle endpoint: inference with the given models in this account's Projects.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the resources.
    models
        Ids of the models that may be used at all in this deployment. Mantle has no model ARN: the condition key
        ``bedrock-mantle:Model`` is the only way to name one.
    """
    return [
        iam.PolicyStatement(
            sid="InferInProjectsOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=["bedrock-mantle:CreateInference"],
            resources=[stack.format_arn(service="bedrock-mantle", resource="project", resource_name="*")],
            conditions={
                "StringEquals": {"aws:PrincipalAccount": stack.account, "bedrock-mantle:Model": sorted(models)}
            },
        )
    ]


def apply_guardrails(stack: Stack) -> list[iam.PolicyStatement]:
    """Policy of the bedrock-runtime endpoint: guardrails of this account, and no model.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the resources.
    """
    return [
        iam.PolicyStatement(
            sid="ApplyGuardrailsOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=["bedrock:ApplyGuardrail"],
            resources=[stack.format_arn(service="bedrock", resource="guardrail", resource_name="*")],
            conditions={"StringEquals": {"aws:PrincipalAccount": stack.account}},
        )
    ]


def identify_callers(stack: Stack) -> list[iam.PolicyStatement]:
    """Policy of the sts endpoint: who a presigned request is from, and no way to become anybody else.

    The authorizer forwards a request that the caller signed, so it is the caller's account that is compared here. The
    action has no resource type, which is why the resource is ``*``.

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
