"""Serve a team's API on loopback for as long as an agent's session lasts: ``cloister-relay --url https://…/v1``.

An agent is given one key when it starts and holds it for hours; a token lives 15 minutes, and a team with ``access:
iam`` takes no key at all. The relay stands between: it mints or signs for each request with the AWS credentials that
hold at that moment, and passes requests and answers through as they are, streams as streams. It keeps nothing but its
own key, in memory, and writes nothing of what passes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.exceptions import BotoCoreError

from . import api
from .authorize import authorize
from .credentials import Credentials
from .errors import AccessError
from .refusals import RefusedError, length, refuse_strangers, target
from .upstream import Answer, BrokenOffError, Upstream

__all__ = ["HOST", "PORT", "Relay", "main"]

HOST = "127.0.0.1"
PORT = 8765
_SECONDS = 60.0
# The relay's own, or what is about one connection.
_OURS = frozenset(
    {"host", "authorization", "content-length", "connection", "keep-alive", "proxy-authorization", "proxy-connection"}
    | {"te", "trailer", "transfer-encoding", "upgrade", "expect", "cookie"}
    | {"x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
)


class Relay(ThreadingHTTPServer):
    """The relay, listening.

    Parameters
    ----------
    port
        The loopback port; 0 for any.
    called
        The API that requests go to.
    credentials
        The caller's.
    key
        What whoever uses the relay sends as ``Authorization: Bearer …``.
    """

    daemon_threads = True
    request_queue_size = 128  # an agent's tools ask at once

    def __init__(self, port: int, called: api.Api, credentials: Credentials, key: str) -> None:
        super().__init__((HOST, port), _Handler)
        self.called, self.credentials, self.key = called, credentials, key
        self.upstream = Upstream()

    @property
    def base_url(self) -> str:
        """What a client is given as ``OPENAI_BASE_URL``."""
        return f"http://{HOST}:{self.server_port}/v1"

    def handle_error(self, *_arguments: object) -> None:
        """Say what kind of error ended a connection; its text and traceback could hold what was sent."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            sys.stderr.write(f"a request ended with {type(error).__name__}\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: Relay

    def do_GET(self) -> None:
        self._relay()

    def do_POST(self) -> None:
        self._relay()

    def _relay(self) -> None:
        try:
            answer = self._asked()
        except RefusedError as refusal:
            self._refuse(refusal)
            return
        except AccessError as error:
            self._refuse(RefusedError(401, "no_aws_credentials", f"the relay cannot make a key: {error}"))
            return
        try:
            self._pass(answer)
        except (BrokenOffError, OSError):  # whoever is left sees that it is not whole
            self.close_connection = True
        finally:
            answer.close()

    def _asked(self) -> Answer:
        sent = self.headers.items()
        try:
            size = length(sent)
        except RefusedError:
            self.close_connection = True
            raise
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            raise RefusedError(400, "bad_request", "the body ended before its Content-Length")
        refuse_strangers(sent, self.server.server_port, self.server.key)
        called = self.server.called
        url = called.url + target(self.path)
        headers = {name: value for name, value in sent if name.lower() not in _OURS}
        now = self.server.credentials.now
        headers |= authorize(called, now, self.command, url, self.headers.get("Content-Type"), body)
        return self.server.upstream.send(self.command, url, headers, body)

    def _pass(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        told = any(name.lower() == "content-length" for name, _ in answer.headers) or answer.status == 204
        chunked = not told and self.request_version != "HTTP/1.0"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not told:
            self.close_connection = True
        self.end_headers()
        for piece in answer.pieces():
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, refusal: RefusedError) -> None:
        body = refusal.body()
        with contextlib.suppress(OSError):
            self.send_response_only(refusal.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if not refusal.retry:
                self.send_header("x-should-retry", "false")  # OpenAI's own libraries follow it
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

    def send_error(self, code: int, *_words: str | None) -> None:
        """Answer what is no request, or has another method; in words of our own, since those given quote it."""
        self.close_connection = True
        self._refuse(RefusedError(code, "bad_request", "the relay takes GET and POST, over HTTP/1.1"))

    def log_message(self, *arguments: object) -> None:
        """Write nothing: a line of a request could hold what was asked."""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Serve until interrupted, or until the command that was given ends; return its exit status then."""
    parser = argparse.ArgumentParser(
        "cloister-relay", description="Serve a team's API on loopback, with a key that lasts as long as the relay."
    )
    api.arguments(parser)
    parser.add_argument("--access", choices=("token", "iam"), default="token", help="as the team's file has it")
    parser.add_argument("--port", type=int, default=PORT, help=f"loopback port (default: {PORT}; 0 for any)")
    parser.add_argument("command", nargs="*", help="-- and a command: it gets base URL and key, and ends the relay")
    options = parser.parse_args(arguments)
    key = f"relay-{secrets.token_urlsafe(32)}"
    try:
        credentials = Credentials(options.profile)
        called = api.find(options, credentials.session(), options.access)
        authorize(called, credentials.now, "GET", f"{called.url}/models", None, b"")  # what cannot be, is said now
        relay = Relay(options.port, called, credentials, key)
    except (AccessError, BotoCoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"port {options.port} of {HOST}: {error.strerror}; pass another as --port (make: PORT=…)\n")
        return 1
    signal.signal(signal.SIGTERM, _end)
    with relay:
        threading.Thread(target=relay.serve_forever, args=(0.1,), daemon=True).start()
        return _held(relay, options.command, os.environ if environment is None else environment)


def _end(*_: object) -> None:
    """End once: a signal that comes twice, as from a `make` that is ended, would end the ending with a traceback."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


def _held(relay: Relay, command: Sequence[str], environment: Mapping[str, str]) -> int:
    about = f"for API {relay.called.id} in {relay.called.region}"
    given = {"OPENAI_BASE_URL": relay.base_url, "OPENAI_API_KEY": relay.key}
    if command:
        sys.stderr.write(f"the relay listens on {relay.base_url} {about}, until {command[0]} ends\n")
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the command, which may well go on
        try:
            return subprocess.run(command, env={**environment, **given}, check=False).returncode  # noqa: S603  # it was asked for
        except OSError as error:
            sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
            return 127
    sys.stdout.write("".join(f"export {name}={value}\n" for name, value in given.items()))
    sys.stdout.flush()
    sys.stderr.write(
        f"The relay listens {about}, until Ctrl-C; the key is printed this once and ends with it. "
        "Whoever has the key calls as you, from this machine.\n"
    )
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
