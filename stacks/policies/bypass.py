"""No way to a model but a proxy, and no way into a proxy but its API."""

from __future__ import annotations

from collections.abc import Sequence

from stacks.policies.names import Names
from stacks.policies.statement import Condition, Statement, deny

__all__ = ["bypass"]

# Everything else that hands text to a model or makes one. `Converse` is authorised as `InvokeModel` and has no action
# of its own (https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html).
_OTHER_WAYS_TO_A_MODEL = (
    "bedrock-mantle:CancelInference",
    "bedrock-mantle:CountTokens",
    "bedrock-mantle:CreateCustomizedModel",
    "bedrock-mantle:CreateFile",
    "bedrock-mantle:CreateFineTuningJob",
    "bedrock-mantle:DeleteInference",
    "bedrock-mantle:GetInference",
    "bedrock:CountTokens",
    "bedrock:CreateEvaluationJob",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:CreateModelInvocationJob",
    "bedrock:GenerateQuery",
    "bedrock:InvokeAgent",
    "bedrock:InvokeBuilder",
    "bedrock:InvokeDataAutomation",
    "bedrock:InvokeDataAutomationAsync",
    "bedrock:InvokeFlow",
    "bedrock:InvokeInlineAgent",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:OptimizePrompt",
    "bedrock:Rerank",
    "bedrock:RetrieveAndGenerate",
    "bedrock:StartFlowExecution",
)
_ROLE_CHANGES = (
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
)
_POLICY_CHANGES = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
_FUNCTION_CHANGES = (
    "lambda:AddPermission",
    "lambda:CreateAlias",
    "lambda:CreateFunction",
    "lambda:CreateFunctionUrlConfig",
    "lambda:DeleteFunction",
    "lambda:PublishVersion",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:PutRuntimeManagementConfig",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
# A request for one of these is on no function, or on the mapping: the function is in a condition key alone
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
_MAPPING_CHANGES = ("lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping")


def bypass(names: Names, endpoints: Sequence[str] | None = None) -> list[Statement]:
    """Return the denials that leave the proxies as the only way to a model.

    Nothing here grants anything. What identifies a proxy is its role's ARN; making, passing, changing or assuming such
    a role, and changing or invoking the functions that have one, are denied along with it. Lambda and API Gateway do
    their part as services, which none of these policies binds.

    Parameters
    ----------
    names
        The deployment.
    endpoints
        Ids of the endpoints that inference must come through, to name them. An empty sequence asks for any endpoint;
        `None` leaves the condition out. Whether requests to bedrock-mantle carry ``aws:SourceVpce`` is not documented,
        which the statement's Sid says: where they do not, the statement denies the proxies too, and it is to be left
        out. It comes on top of a statement that does without it.
    """
    but_deployers: Condition = {"ArnNotLike": {"aws:PrincipalArn": names.deployers}}
    statements = [
        deny(
            "InferenceByProxiesOnly",
            ["bedrock-mantle:CreateInference"],
            condition={"ArnNotLike": {"aws:PrincipalArn": names.every_proxy}},
        ),
        deny("NoOtherWayToAModel", _OTHER_WAYS_TO_A_MODEL),
        deny("NoBearerTokens", ["bedrock-mantle:CallWithBearerToken", "bedrock:CallWithBearerToken"]),
        # Of every service: which names the Bedrock endpoints go by in the condition key is not documented.
        deny("NoLongTermKeys", ["iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential"]),
        deny("NobodyAssumesTheRoles", ["sts:AssumeRole"], names.roles),
        deny("DeployersChangeTheRoles", _ROLE_CHANGES, names.roles, but_deployers),
        deny("DeployersChangeThePolicies", _POLICY_CHANGES, names.policies, but_deployers),
        deny("DeployersChangeTheFunctions", _FUNCTION_CHANGES, names.functions, but_deployers),
        deny(
            "DeployersFeedTheFunctions",
            _MAPPING_CHANGES,
            condition={"ArnLike": {"lambda:FunctionArn": names.functions}, **but_deployers},
        ),
        deny("NobodyInvokesTheFunctions", ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"], names.functions),
    ]
    if endpoints is not None:
        statements.insert(1, _through_endpoints(endpoints))
    return statements


def _through_endpoints(endpoints: Sequence[str]) -> Statement:
    condition: Condition = (
        {"StringNotEquals": {"aws:SourceVpce": sorted(endpoints)}}
        if endpoints
        else {"Null": {"aws:SourceVpce": "true"}}
    )
    return deny("UnprovenInferenceThroughEndpoints", ["bedrock-mantle:CreateInference"], condition=condition)
