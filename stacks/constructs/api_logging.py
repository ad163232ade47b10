"""The account's permission for API Gateway to write logs."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct


class ApiGatewayLogging(Construct):
    """The role by which API Gateway writes logs: one for the account and Region, not one for each API.

    API Gateway keeps a single role for the account and Region, so an API that brings its own would silently replace
    everybody else's. Both resources stay when the stack goes, since other APIs of the account may use them by then.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.

    Example
    -------
    >>> logging = ApiGatewayLogging(stack, "ApiGatewayLogging")
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            description="API Gateway writes access and execution logs",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            # API Gateway checks the role's rights when it is set, and documents this policy as what it looks for
            # (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html).
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            ],
        )
        self.role.apply_removal_policy(RemovalPolicy.RETAIN)
        self.account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=self.role.role_arn)
        self.account.apply_removal_policy(RemovalPolicy.RETAIN)
