"""A team's stack, deployed with changes for a while: what its function is told, and resources besides."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.e2e.kit import Kit
from tests.waiting import until

STACK = "Cloister-Team-atlas"
_TEMPLATES = "cloister-e2e-templates"


@contextmanager
def changed(kit: Kit, document: Mapping[str, Any], resources: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Deploy team atlas's stack with more in the document that its function reads, and with other resources beside."""
    cloudformation = kit.aws("cloudformation")
    before = cloudformation.get_template(StackName=STACK)["TemplateBody"]
    template = json.loads(before) if isinstance(before, str) else json.loads(json.dumps(before))
    (pieces,) = [
        found["CLOISTER_TEAM"]["Fn::Join"][1]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        for found in [resource["Properties"]["Environment"]["Variables"]]
        if isinstance(found.get("CLOISTER_TEAM"), dict)
    ]
    # Each reference is a mark while the document is changed, and stands in its place again afterwards.
    marks = {f"@{at}@": piece for at, piece in enumerate(pieces) if not isinstance(piece, str)}
    text = "".join(piece if isinstance(piece, str) else f"@{at}@" for at, piece in enumerate(pieces))
    written = re.split("(@[0-9]+@)", json.dumps({**json.loads(text), **document}))
    pieces[:] = [marks.get(piece, piece) for piece in written]
    template["Resources"] |= resources or {}
    _update(kit, json.dumps(template))
    try:
        yield
    finally:
        _update(kit, before if isinstance(before, str) else json.dumps(before))


def _update(kit: Kit, template: str) -> None:
    """Deploy a template of the team's stack, and wait for the front door to have noticed."""
    cloudformation, s3 = kit.aws("cloudformation"), kit.aws("s3")
    s3.create_bucket(Bucket=_TEMPLATES)  # a call takes 51,200 bytes; CDK's go by way of a bucket too
    s3.put_object(Bucket=_TEMPLATES, Key="team.json", Body=template.encode())
    where = f"{s3.meta.endpoint_url}/{_TEMPLATES}/team.json"
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    parameters = [
        {"ParameterKey": item["ParameterKey"], "UsePreviousValue": True} for item in stack.get("Parameters", [])
    ]
    cloudformation.update_stack(
        StackName=STACK, TemplateURL=where, Parameters=parameters, Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    def status() -> object:
        return cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]

    until(lambda: status() == "UPDATE_COMPLETE", "the stack is not updated")
    time.sleep(1.5)  # the front door looks at the stacks at a request, if its last look was a second ago
