"""Flow logs of a VPC."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct


class FlowLogs(Construct):
    """Records of all traffic of a VPC, accepted and rejected, in an encrypted log group.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    vpc
        The VPC to observe.
    log_group
        Where the records go.

    Example
    -------
    >>> key = CustomerKey(stack, "LogsKey", alias="cloister/logs", description="Log groups of Cloister")
    >>> network = IsolatedNetwork(stack, "Network", cidr="10.80.0.0/20", zones=["us-east-1a", "us-east-1b"])
    >>> group = EncryptedLogGroup(stack, "Flows", key=key.key, retention_days=400)
    >>> flows = FlowLogs(stack, "FlowLogs", vpc=network.vpc, log_group=group.log_group)
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.role = iam.Role(
            self,
            "Role",
            description="Writes the flow logs of the isolated VPC to their log group",
            # Only flow logs of this account may take the role on: the service cannot be used as a deputy by another
            # account (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html).
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(service="ec2", resource="vpc-flow-log", resource_name="*")
                    },
                },
            ),
        )
        self.flow_log = ec2.FlowLog(
            self,
            "Log",
            resource_type=ec2.FlowLogResourceType.from_vpc(vpc),
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, self.role),
            traffic_type=ec2.FlowLogTrafficType.ALL,
            max_aggregation_interval=ec2.FlowLogMaxAggregationInterval.ONE_MINUTE,
        )
