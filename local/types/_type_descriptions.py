"""Which types CloudFormation has, for `DescribeType`, which ministack does not answer.

A Region that lacks the newest types on AWS lacks them here.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeType.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from local.types import emulator, project
from local.types.emulator import region

_ACTION = "DescribeType"
# Of 20 October 2026 (https://github.com/aws-cloudformation/cfn-lint/tree/main/src/cfnlint/data/schemas/providers).
_WITH_PROJECTS = frozenset({"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "us-gov-west-1"})


def add(types: Collection[str]) -> None:
    """Have ministack answer for these types.

    Parameters
    ----------
    types
        Every type that it can deploy.

    Raises
    ------
    RuntimeError
        ministack answers the question by itself.
    """
    cloudformation = emulator.service("cloudformation")
    if _ACTION in cloudformation._ACTION_HANDLERS:
        raise RuntimeError(f"ministack {emulator.VERSION} answers {_ACTION} already; remove {__name__}")
    cloudformation._ACTION_HANDLERS[_ACTION] = _describing(frozenset(types), emulator.service("cloudformation.helpers"))


def _describing(types: frozenset[str], helpers: Any) -> Callable[[Any], Any]:
    def described(parameters: Any) -> Any:
        name = helpers._p(parameters, "TypeName")
        if name not in types or (name == project.NAME and region() not in _WITH_PROJECTS):
            return helpers._error("TypeNotFoundException", f"The type '{name}' cannot be found.", 404)
        body = f"<DescribeTypeResult><Type>RESOURCE</Type><TypeName>{name}</TypeName></DescribeTypeResult>"
        return helpers._xml(200, "DescribeTypeResponse", body)

    return described
