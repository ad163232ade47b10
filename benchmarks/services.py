"""The services behind the proxy, as thin as Python makes them: ``python -m benchmarks.services FOLDER [waits]``.

bedrock-mantle's chat completions, ApplyGuardrail and DynamoDB, over TLS, one blocking thread for each connection. Every
answer was rendered beforehand; what a request is for is read off its head and the marks in its prompt (`MARKS`). With
``waits``, guardrail and ledger take the time that they take on AWS (`WAITS`). Prints its port and serves until its
standard input ends.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["CHUNKS", "MARKS", "MODEL", "SLOW", "WAITS", "events", "main"]

MODEL = "google.gemma-4-31b"
#: Events of a stream that carry text: reasoning first, then the answer.
REASONING, ANSWER = 30, 70
CHUNKS = REASONING + ANSWER
#: Marks in a prompt that ask for a stream, and the seconds between its chunks.
MARKS = {b"[burst]": 0.0, b"[paced]": 0.002, b"[slow]": 0.05}
#: Seconds that the guardrail and DynamoDB take, if they are told to take any.
WAITS = (0.02, 0.004)
#: Chunks of a slow stream that carry text.
SLOW = 4

_HEAD = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": MODEL}
_USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 100,
    "total_tokens": 220,
    "completion_tokens_details": {"reasoning_tokens": 30},
}
_TEXT = "The wind went over the field and the field bowed to it, as fields do. " * 6
_START = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nx-request-id: bench\r\n\r\n"
)


def _chunk(event: dict[str, Any] | None) -> bytes:
    data = b"data: %b\n\n" % (b"[DONE]" if event is None else json.dumps(event, separators=(",", ":")).encode())
    return b"%x\r\n%b\r\n" % (len(data), data)


def _delta(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _chunk({**_HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def events(reasoning: int, answer: int) -> list[bytes]:
    """Return a stream's chunks, as they go on the wire."""
    return [
        _delta({"role": "assistant", "content": ""}),
        *(_delta({"reasoning_content": f" thought{n}"}) for n in range(reasoning)),
        *(_delta({"content": f" word{n}"}) for n in range(answer)),
        _delta({}, "stop"),
        _chunk({**_HEAD, "choices": [], "usage": _USAGE}),
        _chunk(None) + b"0\r\n\r\n",
    ]


def _whole(body: dict[str, Any]) -> bytes:
    data = json.dumps(body, separators=(",", ":")).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: bench\r\nContent-Length: %d\r\n\r\n"
    return head % len(data) + data


_message = {"role": "assistant", "content": _TEXT}
_COMPLETION = _whole(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": [{"index": 0, "message": _message, "finish_reason": "stop"}],
        "usage": _USAGE,
        "service_tier": "default",
    }
)
_NOTHING = {"action": "NONE", "outputs": [], "assessments": [{}], "usage": {"contentPolicyUnits": 1}}
_VERDICT = _whole(_NOTHING)
#: Of the one image that the large request has.
_LOOKED_AT = _whole({**_NOTHING, "guardrailCoverage": {"images": {"guarded": 1, "total": 1}}})
_RETENTION = _whole({"data_retention": {"mode": "none", "allowed_modes": ["none"]}})
#: What DynamoDB says of an item that was written.
_WRITTEN = _whole({"Attributes": {"committed": {"N": "0"}}})
_STREAMS = {b"[burst]": events(REASONING, ANSWER), b"[slow]": events(0, SLOW)}
_STREAMS[b"[paced]"] = _STREAMS[b"[burst]"]


def completion() -> bytes:
    """Return the body of the whole answer."""
    return _COMPLETION.partition(b"\r\n\r\n")[2]


def _answer(sock: ssl.SSLSocket, head: bytes, body: memoryview) -> None:
    guardrail, ledger = WAITS if "waits" in sys.argv else (0.0, 0.0)
    if head.startswith(b"post / "):
        time.sleep(ledger)
        sock.sendall(_WRITTEN)
        return
    if b"/guardrail/" in head[:200]:
        time.sleep(guardrail)
        sock.sendall(_LOOKED_AT if b'"image":' in bytes(body[:256]) else _VERDICT)
        return
    if head.startswith(b"get /v1/"):  # what a Project or a model keeps
        sock.sendall(_RETENTION)
        return
    said = bytes(body[:2048])
    mark = next((mark for mark in MARKS if mark in said), None)
    if mark is None:
        sock.sendall(_COMPLETION)
        return
    sock.sendall(_START)
    first, *others = _STREAMS[mark]
    sock.sendall(first)
    for chunk in others:
        if MARKS[mark]:
            time.sleep(MARKS[mark])
        sock.sendall(chunk)


def _serve(plain: socket.socket, tls: ssl.SSLContext) -> None:
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with tls.wrap_socket(plain, server_side=True) as sock:
            buffer = bytearray(8 * 1024 * 1024)
            view = memoryview(buffer)
            while True:
                size = end = 0
                while end <= 0:
                    size += (got := sock.recv_into(view[size:]))
                    if not got:
                        return
                    end = buffer.find(b"\r\n\r\n", 0, size)
                head = bytes(view[:end]).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                while size < end + 4 + length:
                    size += sock.recv_into(view[size:])
                _answer(sock, head, view[end + 4 : size])
    except OSError:
        return  # the caller left


def main() -> None:
    """Serve, until the parent is done."""
    folder = Path(sys.argv[1])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem", folder / "server.key")
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_serve, args=(sock, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
