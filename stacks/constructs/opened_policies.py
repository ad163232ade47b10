"""What may pass the endpoints of services that are opened to functions of the teams' own: a statement for each."""

from collections.abc import Collection, Sequence

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

    def arn(bucket: str, objects: str | None = None) -> str:
        return stack.format_arn(service="s3", region="", account="", resource=bucket, resource_name=objects)

    named = [([arn(bucket), arn(bucket, "*")], roles) for bucket, roles in buckets]
    return _use(stack, "UseBucketOfAnExtension", ("s3:GetObject", "s3:ListBucket", "s3:PutObject"), named)


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
    named = [([stack.format_arn(service="sqs", resource=queue)], roles) for queue, roles in queues]
    return _use(stack, "UseQueueOfAnExtension", ("sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"), named)


def _use(
    stack: Stack, sid: str, actions: Sequence[str], named: Collection[tuple[list[str], str]]
) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            sid=f"{sid}{number}",
            principals=[iam.AnyPrincipal()],
            actions=list(actions),
            resources=resources,
            conditions=within(stack, roles),
        )
        for number, (resources, roles) in enumerate(named, start=1)
    ]
