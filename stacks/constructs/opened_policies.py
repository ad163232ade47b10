"""What may pass the endpoints of services that are opened to functions of the teams' own: a statement for each."""

from collections.abc import Collection

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.endpoint_policies import within

__all__ = ["use_buckets", "use_queues"]


def use_buckets(stack: Stack, buckets: Collection[tuple[str, str]]) -> list[iam.PolicyStatement]:
    """Policy of the s3 endpoint: one team's own functions list, read and write one bucket, while it is this account's.

    Deleting, and access lists, by which an object could be opened to others, do not pass.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals and the buckets.
    buckets
        Each bucket's name, with the ARN of the roles that may pass to it, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid=f"UseBucketOfAnExtension{number}",
            principals=[iam.AnyPrincipal()],
            actions=["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
            resources=[
                stack.format_arn(service="s3", region="", account="", resource=bucket),
                stack.format_arn(service="s3", region="", account="", resource=bucket, resource_name="*"),
            ],
            conditions=within(stack, roles),
        )
        for number, (bucket, roles) in enumerate(buckets, start=1)
    ]


def use_queues(stack: Stack, queues: Collection[tuple[str, str]]) -> list[iam.PolicyStatement]:
    """Policy of the sqs endpoint: one team's own functions send to and receive from one queue of this account.

    Deleting passes as the end of receiving: until then a message comes again. What changes a queue or its policy, or
    lists queues, does not pass.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account and Region bound the principals and the queues.
    queues
        Each queue's name, with the ARN of the roles that may pass to it, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid=f"UseQueueOfAnExtension{number}",
            principals=[iam.AnyPrincipal()],
            actions=["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"],
            resources=[stack.format_arn(service="sqs", resource=queue)],
            conditions=within(stack, roles),
        )
        for number, (queue, roles) in enumerate(queues, start=1)
    ]
