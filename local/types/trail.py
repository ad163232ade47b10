"""`AWS::CloudTrail::Trail`: the account's trail, with its event selectors.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudtrail-trail.html
"""

from __future__ import annotations

from typing import Any

from local.types.emulator import Created, Properties, answer, physical_name, service, tags

NAME = "AWS::CloudTrail::Trail"
REPLACING = ("TrailName",)

_SHARED = (
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "IsOrganizationTrail",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
)
_BOOLEANS = {
    "IncludeGlobalServiceEvents": True,
    "IsMultiRegionTrail": False,
    "EnableLogFileValidation": False,
    "IsOrganizationTrail": False,
}


def create(logical_id: str, properties: Properties, stack_name: str) -> Created:
    """Create the trail and start it when the template says so; `Ref` is its name."""
    name = properties.get("TrailName") or physical_name(stack_name, logical_id, 128)
    answer(service("cloudtrail")._create_trail(_request(name, properties)))
    return name, _settle(name, properties)


def update(physical_id: str, _old: Properties, new: Properties, _stack_name: str) -> Created:
    """Change the trail in place; a property that the template no longer has goes back to its default."""
    answer(service("cloudtrail")._update_trail(_request(physical_id, new)))
    return physical_id, _settle(physical_id, new)


def delete(physical_id: str, _properties: Properties) -> None:
    """Delete the trail, its selectors and its tags."""
    cloudtrail = service("cloudtrail")
    cloudtrail._trail_tags.pop(cloudtrail._trail_arn(physical_id), None)
    cloudtrail._delete_trail({"Name": physical_id})


def _request(name: str, properties: Properties) -> dict[str, Any]:
    request = {key: properties.get(key, _BOOLEANS.get(key, "")) for key in _SHARED}
    request |= {key: str(request[key]).lower() == "true" for key in _BOOLEANS}
    return {**request, "Name": name, "KmsKeyId": properties.get("KMSKeyId", "")}


def _settle(name: str, properties: Properties) -> dict[str, Any]:
    """Bring what the trail's own request does not carry in line: log group, selectors, logging, tags."""
    cloudtrail = service("cloudtrail")
    trail = answer(cloudtrail._update_trail(_request(name, properties)))
    for kind in ("AdvancedEventSelectors", "EventSelectors"):
        if properties.get(kind):
            answer(cloudtrail._put_event_selectors({"TrailName": name, kind: properties[kind]}))
            break
    else:
        answer(
            cloudtrail._put_event_selectors(
                {"TrailName": name, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
            )
        )
    logging = str(properties["IsLogging"]).lower() == "true"
    answer((cloudtrail._start_logging if logging else cloudtrail._stop_logging)({"Name": name}))
    cloudtrail._trail_tags[trail["TrailARN"]] = tags(properties)
    return {"Arn": trail["TrailARN"], "SnsTopicArn": trail.get("SnsTopicARN", "")}
