"""The calls that change parts of a deployment, as CloudTrail writes them and EventBridge hands them on.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Json = Any
#: The kind of event that a call is.
CALL = "AWS API Call via CloudTrail"
#: CloudTrail writes the date of Lambda's API behind the names of its calls
#: (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
_WRITTEN = {"lambda": "{}20150331v2"}


@cache
def kinds() -> Mapping[str, Sequence[Json]]:
    """By type of part: the `service`, its `calls`, and how a request is `named` after the part, by parameter.

    A part is named by its name (what `Ref` gives) or by an attribute; nothing is named where calls are about a whole
    account, or where what CloudTrail writes of the request is not documented.
    """
    found: dict[str, list[Json]] = defaultdict(list)
    for said in json.loads(Path(__file__).with_suffix(".json").read_text("utf-8")):
        found[said["type"]].append(said)
    return found


def event(service: str, call: str, asked: Mapping[str, str]) -> Json:
    """A call as EventBridge sees it.

    Example
    -------
    >>> event("kms", "DisableKey", {"keyId": "1"})["detail"]["eventSource"]
    'kms.amazonaws.com'
    """
    name = _WRITTEN.get(service, "{}").format(call)
    detail = {"eventSource": f"{service}.amazonaws.com", "eventName": name, "requestParameters": dict(asked)}
    return {"source": f"aws.{service}", "detail-type": CALL, "detail": detail}
