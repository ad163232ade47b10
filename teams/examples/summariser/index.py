"""Summarises each document of a bucket that has no summary yet, through the team's own API.

No text, and no name of a document, is written anywhere but to the bucket: the records hold counts.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

# Lambda's Python has botocore: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_IN, _OUT = "incoming/", "summaries/"
_LARGEST = 200_000  # bytes of a document, which is about what the model reads at a time
_NEEDED = 120  # seconds that are to be left before another document is begun
_ASKED = "Summarise the following document in three sentences."


def handler(_event: object, context: object) -> dict[str, int]:
    """Summarise what is new, and return how many were, and how many could not be."""
    counts = {"summarised": 0, "failed": 0}
    there = {key.removeprefix(_OUT) for key in _keys(_OUT)}
    for key in _keys(_IN):
        if context.get_remaining_time_in_millis() < _NEEDED * 1000:
            break
        name = key.removeprefix(_IN)
        if not name or name in there:
            continue
        try:
            _object("PUT", _OUT + name, _summary(_object("GET", key)))
            counts["summarised"] += 1
        except (OSError, ValueError, LookupError):  # not answered, too large, blocked, no text: the next one may do
            counts["failed"] += 1
    sys.stdout.write(json.dumps(counts) + "\n")
    return counts


def _summary(document: bytes) -> bytes:
    if len(document) > _LARGEST:
        raise ValueError("the document is too large")
    question = {"role": "user", "content": f"{_ASKED}\n\n{document.decode()}"}
    body = json.dumps({"model": os.environ["MODEL"], "messages": [question]}).encode()
    url = f"{os.environ['BASE_URL']}/chat/completions"
    answer = json.loads(_ask(SigV4Auth, "execute-api", "POST", url, body, "application/json"))
    choice = answer["choices"][0]
    if choice["finish_reason"] != "stop":
        raise ValueError("the answer is not whole")
    return str(choice["message"]["content"]).encode()


def _keys(prefix: str) -> list[str]:
    """The names of all objects that begin so."""
    found: list[str] = []
    after = ""
    while True:
        asked = {
            "encoding-type": "url",
            "list-type": "2",
            "prefix": prefix,
            **({"start-after": after} if after else {}),
        }
        page = ElementTree.fromstring(_object("GET", "", query=urllib.parse.urlencode(asked)))  # noqa: S314  # it is S3's
        space = page.tag.partition("}")[0] + "}" if page.tag.startswith("{") else ""
        new = [urllib.parse.unquote_plus(key.text or "") for key in page.iter(f"{space}Key")]
        found += new
        if not new or page.findtext(f"{space}IsTruncated") != "true":
            return found
        after = new[-1]


def _object(method: str, key: str, body: bytes = b"", query: str = "") -> bytes:
    host = f"{os.environ['BUCKET']}.s3.{os.environ['AWS_REGION']}.amazonaws.com"
    url = f"https://{host}/{urllib.parse.quote(key)}" + (f"?{query}" if query else "")
    return _ask(S3SigV4Auth, "s3", method, url, body, "text/plain; charset=utf-8" if body else "")


def _ask(signer: type, service: str, method: str, url: str, body: bytes, kind: str) -> bytes:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    request = AWSRequest(method, url, data=body, headers={"Content-Type": kind} if kind else {})
    signer(Credentials(*(os.environ[name] for name in names)), service, os.environ["AWS_REGION"]).add_auth(request)
    sent = urllib.request.Request(url, body or None, dict(request.headers.items()), method=method)  # noqa: S310  # https
    with urllib.request.urlopen(sent, timeout=_NEEDED) as answer:  # noqa: S310
        return answer.read()
