"""What a model endpoint can do wrong, each with what the caller is to hear of it; the soak draws from them too."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ..world import chat_answer, chat_events, message_item, response_answer, response_events
from .tls_server import Peer, Request

_HEAD = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _HEAD + b"transfer-encoding: chunked\r\n\r\n"
#: What the model says when it says something.
SAID = "The quick brown fox jumps over the lazy dog. " * 8


class Asked(NamedTuple):
    """What a request asks for, as far as its answer depends on it."""

    responses: bool
    stream: bool


def asked(request: Request) -> Asked:
    """Read it of a request."""
    return Asked(request.path.endswith("/responses"), json.loads(request.body).get("stream") is True)


def pieces(what: Asked, text: str = SAID, **more: Any) -> list[bytes]:
    """A right answer, one piece for each event."""
    if what.stream:
        return (
            response_events(message_item(text))
            if what.responses
            else chat_events([text[at : at + 7] for at in range(0, len(text), 7)], **more)
        )
    return [json.dumps(response_answer(message_item(text)) if what.responses else chat_answer(text)).encode()]


def chunked(*parts: bytes) -> bytes:
    """A body in chunks, without its end."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def right(peer: Peer, request: Request) -> None:
    """Answer as it should be."""
    peer.send(_CHUNKED + chunked(*pieces(asked(request))) + b"0\r\n\r\n")


class Fault(NamedTuple):
    """A fault.

    Attributes
    ----------
    name
        In words.
    handler
        What does it.
    code
        The ``code`` that the caller reads and the record holds, whole and streamed; None for an answer all the same.
    attempts
        How often the endpoint is asked.
    before
        Whether it comes before the answer begins: an HTTP error then, with a stream too.
    seconds
        What the function has, for faults that only its deadline ends.
    """

    name: str
    handler: Callable[[Peer, Request], None]
    code: tuple[str | None, str | None]
    attempts: int = 1
    before: bool = False
    seconds: float = 30


def _both(code: str | None) -> tuple[str | None, str | None]:
    return code, code


def _raw(reply: bytes, after: str = "close") -> Callable[[Peer, Request], None]:
    """Send these bytes, then leave in this way."""

    def handle(peer: Peer, _: Request) -> None:
        if reply:
            peer.send(reply)
        if after != "stay":
            getattr(peer, after)()
            raise EOFError

    return handle


def _half(after: str) -> Callable[[Peer, Request], None]:
    """Break off in the middle of a chunk."""

    def handle(peer: Peer, request: Request) -> None:
        whole = b"".join(pieces(asked(request)))
        half = whole[: len(whole) // 2]
        peer.send(_CHUNKED + chunked(half[:-9]) + b"fff\r\n" + half[-9:])
        time.sleep(0.02)  # a reset may overtake what was sent just before
        getattr(peer, after)()
        raise EOFError

    return handle


def _between_chunks(peer: Peer, request: Request) -> None:
    peer.send(_CHUNKED + chunked(b"".join(pieces(asked(request)))[:200]))
    peer.close()
    raise EOFError


def _body(make: Callable[[Asked], bytes]) -> Callable[[Peer, Request], None]:
    """Send a body that is well framed, whatever is in it."""

    def handle(peer: Peer, request: Request) -> None:
        peer.send(_CHUNKED + chunked(make(asked(request))) + b"0\r\n\r\n")

    return handle


def _length(by: float) -> Callable[[Peer, Request], None]:
    """Send a length that is wrong by a factor."""

    def handle(peer: Peer, request: Request) -> None:
        body = b"".join(pieces(asked(request)))
        peer.send(_HEAD + b"content-length: %d\r\n\r\n" % int(len(body) * by) + body)
        peer.close()
        raise EOFError

    return handle


def _drip(peer: Peer, request: Request) -> None:
    peer.send(_CHUNKED)
    for byte in b"".join(pieces(asked(request))):
        peer.send(b"1\r\n%b\r\n" % bytes([byte]))
        time.sleep(0.02)


def _bytewise(peer: Peer, request: Request) -> None:
    peer.send(_CHUNKED)
    body = b"".join(pieces(asked(request), "Hello."))
    for at in range(0, len(body), 400):
        peer.send(chunked(*(bytes([byte]) for byte in body[at : at + 400])))
    peer.send(b"0\r\n\r\n")


def _silence(peer: Peer, _: Request) -> None:
    peer.wait()
    raise EOFError


def _refuses(status: str, headers: str = "") -> Callable[[Peer, Request], None]:
    return lambda peer, _: peer.reply(b'{"error": {"message": "a secret prompt"}}', status, headers)


def _long(what: Asked) -> bytes:
    return (b'data: {"x": "' if what.stream else b'{"x": "') + b"y" * 9_000_000 + b'"}\n\n'


def _error(what: Asked) -> bytes:
    error = {"error": {"message": "a secret prompt", "code": 500}}
    if what.stream:
        return pieces(what)[0] + b"data: " + json.dumps(error).encode() + b"\n\n"
    return json.dumps(error).encode()


def _not_utf8(what: Asked) -> bytes:
    return b"".join(pieces(what)).replace(b"lazy", b"\xff\xfe")


def _no_usage(what: Asked) -> bytes:
    if what.stream and not what.responses:
        return b"".join(pieces(what, usage=False))
    return b"".join(pieces(what)).replace(b'"usage": {', b'"unused": {')


def _same_ids(what: Asked) -> bytes:
    """Two items, or two calls, under one id."""
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
    items = [{**item, "status": "completed"}] * 2
    if what.responses:
        made = response_events(*items) if what.stream else [json.dumps(response_answer(*items)).encode()]
        return b"".join(made)
    calls = [call, {**call, "index": 1}]
    if not what.stream:
        return json.dumps(chat_answer(None, tool_calls=calls)).encode()
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    delta = {**chunk, "choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": None}]}
    end = {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    return b"".join(b"data: %b\n\n" % json.dumps(value).encode() for value in (delta, end)) + b"data: [DONE]\n\n"


def _gone(name: str, handler: Callable[[Peer, Request], None]) -> Fault:
    return Fault(name, handler, _both("upstream_reset"), attempts=3, before=True)


def _not_http(name: str, handler: Callable[[Peer, Request], None]) -> Fault:
    return Fault(name, handler, _both("upstream_protocol"), before=True)


FAULTS: tuple[Fault, ...] = (
    # The connection.
    _gone("hung up before a word", _raw(b"")),
    _gone("reset before a word", _raw(b"", "reset")),
    _gone("half a head", _raw(b"HTTP/1.1 2")),
    Fault("half a chunk", _half("close"), _both("upstream_reset")),
    Fault("half a chunk, then a reset", _half("reset"), _both("upstream_reset")),
    Fault("half a chunk, then a cut", _half("cut"), _both("upstream_reset")),
    Fault("silence", _silence, _both("deadline_reached"), before=True, seconds=4),
    Fault("slow drip", _drip, _both("deadline_reached"), seconds=4),
    # HTTP.
    _not_http("garbage for HTTP", _raw(b"a secret prompt\r\n\r\n", "stay")),
    _not_http("two lengths", _raw(_HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab", "stay")),
    _not_http("gzip", _raw(_HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b", "stay")),
    Fault("garbage for a chunk", _raw(_CHUNKED + b"a secret prompt\r\n", "stay"), _both("upstream_protocol")),
    Fault("too long a length", _length(1.1), ("upstream_reset", None)),  # a stream has said its end by then
    Fault("a stream without its end", _between_chunks, _both("upstream_reset")),
    Fault("too short a length", _length(0.5), _both("upstream_protocol")),
    _not_http("a redirect", _refuses("307 Elsewhere", "location: https://evil.example/\r\n")),
    Fault("a storm of 500", _refuses("500 Oh"), _both("upstream_unavailable"), attempts=3, before=True),
    Fault("a storm of 429", _refuses("429 Slow"), _both("rate_limit_exceeded"), attempts=3, before=True),
    # What is said.
    Fault("garbage for JSON", _body(lambda _: b"data: {half a secret prompt\n\n"), _both("upstream_protocol")),
    Fault("nothing at all", _body(lambda _: b"\n\n"), ("upstream_protocol", "upstream_truncated")),
    Fault("a huge line", _body(_long), _both("upstream_protocol")),
    Fault("invalid UTF-8", _body(_not_utf8), _both("upstream_protocol")),
    Fault("an error after 200", _body(_error), ("upstream_protocol", "upstream_error")),
    Fault("usage missing", _body(_no_usage), _both(None)),
    Fault("duplicate ids", _body(_same_ids), _both(None)),
    Fault("a byte at a time", _bytewise, _both(None)),
)
