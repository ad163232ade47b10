"""Query logs of a VPC's resolver."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct


class QueryLogs(Construct):
    """Records of every name that a VPC asks its resolver for, in an encrypted log group.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC to observe.
    name
        Name of the configuration and its policy, before ``-queries``.
    log_group
        Where the records go.

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> group = EncryptedLogGroup(stack, "Queries", key=key.key, retention_days=400)
    >>> queries = QueryLogs(stack, "QueryLogs", vpc=network.vpc, name="Cloister", log_group=group.log_group)
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, name: str, log_group: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        # Without a policy of its own AWS writes one that names every log group of the account
        # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html).
        policy = logs.ResourcePolicy(
            self,
            "Policy",
            resource_policy_name=f"{name}-queries",
            policy_statements=[
                iam.PolicyStatement(
                    sid="ResolverWritesQueries",
                    principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[
                        stack.format_arn(service="logs", resource=f"log-group:{log_group.log_group_name}:log-stream:*")
                    ],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": stack.account},
                        "ArnLike": {"aws:SourceArn": stack.format_arn(service="logs", resource="*")},
                    },
                )
            ],
        )
        self.config = resolver.CfnResolverQueryLoggingConfig(
            self, "Config", name=f"{name}-queries", destination_arn=log_group.log_group_arn
        )
        # AWS checks that it may write, and writes a policy of its own otherwise, when the configuration is made.
        self.config.node.add_dependency(policy)
        association = resolver.CfnResolverQueryLoggingConfigAssociation(
            self, "Association", resolver_query_log_config_id=self.config.attr_id, resource_id=vpc.vpc_id
        )
        association.node.add_dependency(policy)
