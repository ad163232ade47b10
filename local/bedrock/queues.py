"""The queues of SQS: verifies the caller, then has the embedded AWS do what the endpoint lets through.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html

What the caller's role and the queue's policy allow is not looked at: the embedded AWS enforces neither. Of the
endpoint's policy it is looked at who may pass at all, the functions of teams' own, and by which actions; which queue is
whose is asserted on the template. So is that queues are encrypted, and that their policies refuse what comes in the
clear: here everything comes over TLS.
"""

from __future__ import annotations

from aiohttp import web

from local.bedrock.embedded import Embedded
from local.bedrock.errors import aws_json
from local.signatures import Received

_KIND = "application/x-amz-json-1.0"
_TARGETS = frozenset(f"AmazonSQS.{name}Message" for name in ("Delete", "Receive", "Send"))


async def answer(request: Received, aws: Embedded, own: bool) -> web.Response:
    """Send, receive or delete a message.

    Parameters
    ----------
    request
        A request to `sqs.{region}.amazonaws.com` whose signature has been verified.
    aws
        The embedded AWS, which has the queue.
    own
        Whether a function of a team's own asks.
    """
    if not own:
        return aws_json(403, "AccessDeniedException", "functions of the teams' own are all that passes the endpoint")
    target = request.header("x-amz-target") or ""
    if request.method != "POST" or request.target != "/" or target not in _TARGETS:
        said = "sending, receiving and deleting a message are all that passes the endpoint"
        return aws_json(403, "AccessDeniedException", said)
    found = await aws.ask("sqs", "POST", "/", request.body, _KIND, {"X-Amz-Target": target})
    if found is None:
        return aws_json(503, "ServiceUnavailable", "the embedded AWS does not answer")
    return web.Response(status=found.status, body=found.body, content_type=_KIND)
