"""A TLS server on loopback whose every connection runs a script: whatever a test wants a server to do wrong."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from weakref import WeakSet

from tests.waiting import LONG


@dataclass(frozen=True)
class Request:
    """A request as the server read it. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's end of one connection.

    Attributes
    ----------
    number
        0 for the server's first connection.
    """

    def __init__(self, sock: ssl.SSLSocket, number: int, seen: list[Request]) -> None:
        self._sock = sock
        self._file = sock.makefile("rb")
        self._seen = seen
        self.number = number

    def request(self) -> Request:
        """Read one request; EOFError if the client has left instead."""
        line = self._file.readline()
        if not line:
            raise EOFError
        method, path, _ = line.decode("latin-1").split(" ")
        headers: dict[str, str] = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self._file.read(int(headers.get("content-length", 0)))
        request = Request(method, path, headers, body)
        self._seen.append(request)
        return request

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._sock.sendall(data)

    def reply(self, body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> None:
        """Send a well-formed response; extra header lines each end in CRLF."""
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        self.send(head.encode() + body)

    def reset(self) -> None:
        """Drop the connection with a TCP reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end()

    def cut(self) -> None:
        """Close TCP without TLS's close_notify."""
        self._end()

    def close(self) -> None:
        """Close in order, TLS first."""
        with suppress(OSError):
            self._sock.setblocking(False)
            self._sock.unwrap()
        self._end()

    def wait(self) -> None:
        """Wait until the client leaves."""
        with suppress(OSError):
            while self._file.read(1):
                pass

    def _end(self) -> None:
        self._file.close()
        self._sock.close()


#: Answers one request.
Handler = Callable[[Peer, Request], None]


class TlsServer:
    """Runs ``script`` for each connection, each in a thread.

    Parameters
    ----------
    context
        With the server's certificate.
    script
        Gets the peer. What it raises is raised by the ``with`` statement's end, but for the client's leaving.

    Attributes
    ----------
    requests
        All that were read, in order.
    connections
        How many were accepted.
    served
        The clients' ports of those that are served now.
    dialled
        The clients' ends of those that `connect` opened, as long as somebody has them.
    """

    def __init__(self, context: ssl.SSLContext, script: Callable[[Peer], None]) -> None:
        self._context = context
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[Request] = []
        self.connections = 0
        self.served: set[int] = set()
        self.dialled: WeakSet[socket.socket] = WeakSet()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._closing = False

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """Stand for ``socket.create_connection``: whatever name is asked for leads here."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout)
        self.dialled.add(sock)
        return sock

    def __enter__(self) -> TlsServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            self._closing = True
            for sock in self._open:
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive(), "a server's script does not end"
        if self._failures and error is None:
            raise self._failures[0]

    def _accept(self) -> None:
        while True:
            try:
                sock, (_, port) = self._listener.accept()
            except OSError:
                return
            sock.settimeout(LONG)
            with self._lock:
                self.served.add(port)
                number, self.connections = self.connections, self.connections + 1
                thread = threading.Thread(target=self._serve, args=(sock, number, port))
                self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket, number: int, port: int) -> None:
        try:
            self._converse(plain, number)
        finally:
            with self._lock:
                self.served.discard(port)

    def _converse(self, plain: socket.socket, number: int) -> None:
        try:
            sock = self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        except OSError:
            plain.close()
            return
        with self._lock:  # before the handshake, which may be with a client that says nothing
            self._open.append(sock)
            closing = self._closing
        try:
            if closing:
                raise OSError("the server has ended")
            sock.do_handshake()
        except OSError:
            sock.close()
            return
        peer = Peer(sock, number, self.requests)
        try:
            self._script(peer)
            if sock.fileno() >= 0:
                peer.close()
        except (OSError, EOFError):
            pass  # the client has left
        except BaseException as error:  # an assertion of the script
            self._failures.append(error)
        finally:
            peer._end()


def serving(*replies: bytes) -> Callable[[Peer], None]:
    """Return a script that answers each request with the next of these raw responses, then waits."""

    def script(peer: Peer) -> None:
        for reply in replies:
            peer.request()
            peer.send(reply)
        peer.wait()

    return script
