"""The authorizer of a team's API: who is behind a bearer token, and is that one of the team?

API Gateway calls `handler` once for a token, and keeps the answer for some minutes. There are four:

==============  ==========================================  ======================================
answer          when                                        what the caller sees
==============  ==========================================  ======================================
Allow policy    a role that the team's file names           the API
Deny policy     AWS STS knows the caller, the team doesn't  403, kept like an Allow, so cheap
Unauthorized    the token proves nothing                    401
any exception   AWS STS gives no answer, or a fault here    503, as the API's responses have it
==============  ==========================================  ======================================

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
from typing import Any

from .refusal import ForbiddenError, RefusedError, UndecidedError
from .sts import caller_arn
from .team import Place, admit, place
from .token import bearer, read

__all__ = ["STAGE", "handler"]

STAGE = "v1"
_API_ID = re.compile(r"[a-z0-9]{1,64}")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide on a request, as a REQUEST authorizer of a REST API.

    Parameters
    ----------
    event
        API Gateway's request.
    context
        The invocation; its ``invoked_function_arn`` says which account this is.

    Returns
    -------
    dict
        A policy that allows all of this API's stage, or denies it.

    Raises
    ------
    Exception
        With the text "Unauthorized", which API Gateway makes a 401, when the token proves nothing.
    UndecidedError
        When AWS STS gives no usable answer.
    """
    # How it was deployed: what is wrong here may say so, since it is no caller's.
    here = place(context.invoked_function_arn)
    region, callers = os.environ["AWS_REGION"], os.environ["CLOISTER_CALLERS"].split(",")
    now = datetime.datetime.now(datetime.UTC)
    principal = None
    try:
        api_id = str(event["requestContext"]["apiId"])
        if not _API_ID.fullmatch(api_id):
            raise RefusedError("no_api")
        presigned = read(bearer(event), region, now)
        principal, account = caller_arn(presigned, api_id)
        admit(principal, account, callers, here)
    except RefusedError as refusal:
        _record(event, now, "unauthorized", refusal.reason, None)
    except ForbiddenError as refusal:
        _record(event, now, "deny", refusal.reason, principal)
        return _policy("Deny", refusal.principal, api_id, here)
    except UndecidedError as fault:
        _record(event, now, "error", fault.reason, None)
        raise
    except Exception:
        # A fault of this code: the runtime writes the text of an exception into the log, and this one might quote.
        _record(event, now, "error", "internal", None)
        raise UndecidedError("internal") from None
    else:
        _record(event, now, "allow", "caller", principal)
        return _policy("Allow", principal, api_id, here)
    # Raised out here, so that nothing is chained to it; the text is API Gateway's sign for a 401.
    raise Exception("Unauthorized")


def _policy(effect: str, principal: str, api_id: str, here: Place) -> dict[str, Any]:
    resource = f"arn:{here.partition}:execute-api:{here.region}:{here.account}:{api_id}/{STAGE}/*"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"principal": principal},
    }


def _record(event: dict[str, Any], now: datetime.datetime, decision: str, reason: str, principal: str | None) -> None:
    """Write the one line that is kept of a decision: codes, and the caller that AWS STS named."""
    line = {
        "record": "authorization",
        "version": 1,
        "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request_id": _request_id(event),
        "team": os.environ.get("CLOISTER_TEAM"),
        "decision": decision,
        "reason": reason,
        "principal": principal,
    }
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _request_id(event: dict[str, Any]) -> str | None:
    """Return API Gateway's id of a request; a client may choose another by a header, which could be any text.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    context = event.get("requestContext")
    found = context.get("requestId") if isinstance(context, dict) else None
    return found if isinstance(found, str) and _REQUEST_ID.fullmatch(found) else None
