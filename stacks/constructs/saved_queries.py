"""Queries of the logs that are at hand when they are needed."""

from collections.abc import Mapping

from aws_cdk import aws_logs as logs
from constructs import Construct


class SavedQueries(Construct):
    """Queries of CloudWatch Logs Insights, kept under a folder of the console's list.

    Parameters
    ----------
    scope, construct_id
        Where the construct stands in the tree.
    folder
        What their names begin with.
    queries
        Text of each, by name.

    Example
    -------
    >>> queries = SavedQueries(
    ...     stack, "Queries", folder="Cloister", queries={"refused": 'filter cause = "limit" | stats count(*) by error'}
    ... )
    """

    def __init__(self, scope: Construct, construct_id: str, *, folder: str, queries: Mapping[str, str]) -> None:
        super().__init__(scope, construct_id)
        for name, text in queries.items():
            construct = "".join(part.capitalize() for part in name.split("-"))
            logs.CfnQueryDefinition(self, construct, name=f"{folder}/{name}", query_string=text)
