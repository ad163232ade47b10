"""`AWS::CloudWatch::CompositeAlarm`: an alarm on the states of others.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html
"""

from __future__ import annotations

from typing import Any

from local.types.emulator import Created, EmulatorError, Properties, account, physical_name, region, service, tags

NAME = "AWS::CloudWatch::CompositeAlarm"
REPLACING = ("AlarmName",)

_LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_KEPT = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
    """Create the alarm; `Ref` is its name. The alarms that its rule names must be there."""
    return _put(properties.get("AlarmName") or physical_name(stack_name, logical_id, 255), properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the alarm in place; it keeps its state unless the new rule says otherwise."""
    return _put(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the alarm."""
    cloudwatch = service("cloudwatch")
    cloudwatch._composite_alarms.pop(physical_id, None)
    cloudwatch._resource_tags.pop(_arn(physical_id), None)


def _put(name: str, properties: Properties) -> Created:
    cloudwatch = service("cloudwatch")
    request: dict[str, Any] = {
        "AlarmName": name,
        "AlarmRule": properties["AlarmRule"],
        "AlarmDescription": properties.get("AlarmDescription", ""),
        "ActionsEnabled": str(properties.get("ActionsEnabled", True)).lower() == "true",
        **{key: list(map(str, properties.get(key) or [])) for key in _LISTS},
    }
    status, _, body = cloudwatch._put_composite_alarm({}, request, is_cbor=False, is_json=True)
    if status >= 400:
        raise EmulatorError(body.decode() if isinstance(body, bytes) else str(body))
    alarm = cloudwatch._composite_alarms[name]
    alarm.update({key: properties[key] for key in _KEPT if key in properties})
    cloudwatch._resource_tags[_arn(name)] = tags(properties)
    return name, {"Arn": _arn(name)}


def _arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{region()}:{account()}:alarm:{name}"
