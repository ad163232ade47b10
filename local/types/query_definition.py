"""`AWS::Logs::QueryDefinition`: a query of CloudWatch Logs Insights that is kept under a name.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html

ministack has no such thing in any service: what is kept here can be deployed, changed and deleted, and is not
listed by ``DescribeQueryDefinitions``.
"""

from __future__ import annotations

import uuid

from local.types.emulator import Created, Properties

NAME = "AWS::Logs::QueryDefinition"
REPLACING: tuple[str, ...] = ()


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Created:
    """Keep the query; `Ref` is its id."""
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, properties["Name"]))
    return id, {"QueryDefinitionId": id}


def update(physical_id: str, _old: Properties, _new: Properties, _stack_name: str) -> Created:
    """Keep the query in its new form."""
    return physical_id, {"QueryDefinitionId": physical_id}


def delete(_physical_id: str, _properties: Properties) -> None:
    """Forget the query."""
