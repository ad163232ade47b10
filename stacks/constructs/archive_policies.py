"""What passes the endpoint of S3 where prompts are archived."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.endpoint_policies import within


def archive_prompts(stack: Stack, *, archives: Mapping[str, str], roles: str) -> list[iam.PolicyStatement]:
    """Policy of the s3 endpoint: putting a team's prompts and answers into its archive, which nobody reads through it.

    Parameters
    ----------
    stack
        The stack of the endpoint; its account bounds the principals and the buckets.
    archives
        Names of the buckets that are archives, by team.
    roles
        ARN of the roles that may pass, with a wildcard for their names.
    """
    return [
        iam.PolicyStatement(
            sid="ArchivePromptsOfNamedTeams",
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject"],
            resources=[
                stack.format_arn(service="s3", region="", account="", resource=bucket, resource_name=f"{team}/*")
                for team, bucket in archives.items()
            ],
            conditions=within(stack, roles),
        )
    ]
