"""The text of AWS's own managed policies, of those that deployments here attach; of any other nothing is known.

Each stands as AWS published it on the date beside it, and may have changed since: a proof says so.
"""

from __future__ import annotations

from typing import Any

Json = Any
#: When the texts were taken down.
AS_OF = "2026-11-28"
_EVERYWHERE = "*"

#: By the end of the ARN, after `:iam::aws:policy/`.
POLICIES: dict[str, Json] = {
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogGroups",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                    "logs:GetLogEvents",
                    "logs:FilterLogEvents",
                ],
                "Resource": _EVERYWHERE,
            }
        ],
    },
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
    "AdministratorAccess": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": _EVERYWHERE}],
    },
}


def text_of(arn: str) -> Json | None:
    """Return the document of one of AWS's managed policies, or None if it is not known here.

    Example
    -------
    >>> text_of("arn:aws:iam::aws:policy/AdministratorAccess")["Statement"][0]["Action"]
    '*'
    """
    _, found, name = arn.partition(":iam::aws:policy/")
    return POLICIES.get(name) if found else None
