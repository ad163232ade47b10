"""A CloudFormation stack on the embedded AWS, as the tests of its types use one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from local.embedded import Embedded

Template = dict[str, Any]


class Stack:
    """A stack on the embedded AWS."""

    def __init__(self, aws: Embedded, name: str) -> None:
        self._cloudformation = aws.client("cloudformation")
        self.name = name

    def apply(self, resources: Template, outputs: dict[str, Any] | None = None) -> None:
        template = {
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
        }
        exists = any(
            stack["StackName"] == self.name and stack["StackStatus"] != "DELETE_COMPLETE"
            for stack in self._cloudformation.describe_stacks()["Stacks"]
        )
        call = self._cloudformation.update_stack if exists else self._cloudformation.create_stack
        call(StackName=self.name, TemplateBody=json.dumps(template))
        self._wait("stack_update_complete" if exists else "stack_create_complete")

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    def fails(self, resources: Template) -> str:
        """Create the stack, see it fail, and return the reasons."""
        self._cloudformation.create_stack(StackName=self.name, TemplateBody=json.dumps({"Resources": resources}))
        with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
            self._wait("stack_create_complete")
        events = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    def physical(self, logical: str) -> str:
        found = self._cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def outputs(self) -> dict[str, str]:
        stack = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}

    def _wait(self, waiter: str) -> None:
        self._cloudformation.get_waiter(waiter).wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
