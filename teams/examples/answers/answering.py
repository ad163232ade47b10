"""Answers the questions that wait in a queue, through the team's own API, and puts the answers in another queue.

No question and no answer is written anywhere but to the queues: the records hold counts.
"""

import json
import os
import sys
import urllib.request

# Lambda's Python has both: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

_NEEDED = 60  # seconds that are to be left before another question is begun

_SESSION = boto3.Session()
_QUEUES = _SESSION.client("sqs", endpoint_url=os.environ["SQS"])


def handler(_event: object, context: object) -> dict[str, int]:
    """Answer what waits, and return how many were answered, and how many could not be."""
    counts = {"answered": 0, "failed": 0}
    while context.get_remaining_time_in_millis() > _NEEDED * 1000:
        found = _QUEUES.receive_message(QueueUrl=os.environ["QUESTIONS"], MaxNumberOfMessages=1, WaitTimeSeconds=1)
        for message in found.get("Messages", []):
            try:
                answer = json.dumps({"to": message["MessageId"], "answer": _answer(message["Body"])})
            except (OSError, ValueError, LookupError):  # not answered, blocked, no text: it comes again, a few times
                counts["failed"] += 1
                continue
            _QUEUES.send_message(QueueUrl=os.environ["ANSWERS"], MessageBody=answer)
            # Last of all, so that no question is lost: after a failure between the two it is answered once more.
            _QUEUES.delete_message(QueueUrl=os.environ["QUESTIONS"], ReceiptHandle=message["ReceiptHandle"])
            counts["answered"] += 1
        if not found.get("Messages"):
            break
    sys.stdout.write(json.dumps(counts) + "\n")
    return counts


def _answer(question: str) -> str:
    body = json.dumps({"model": os.environ["MODEL"], "messages": [{"role": "user", "content": question}]}).encode()
    url = f"{os.environ['BASE_URL']}/chat/completions"
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(_SESSION.get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(request)
    sent = urllib.request.Request(url, body, dict(request.headers.items()))  # noqa: S310  # https
    with urllib.request.urlopen(sent, timeout=_NEEDED) as answer:  # noqa: S310
        choice = json.load(answer)["choices"][0]
    if choice["finish_reason"] != "stop":
        raise ValueError("the answer is not whole")
    return str(choice["message"]["content"])
