"""A socket that is bound to every interface, and yet nobody else can reach: what the guards have to find, made safe."""

from __future__ import annotations

import socket
import sys

EVERYWHERE = ".".join("0" * 4)
_IP_BOUND_IF = 25  # macOS, <netinet/in.h>


def bound(kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """Return a socket bound to every address, whose traffic the kernel confines to the loopback device."""
    made = socket.socket(socket.AF_INET, kind)
    if sys.platform == "linux":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    else:
        made.setsockopt(socket.IPPROTO_IP, _IP_BOUND_IF, socket.if_nametoindex("lo0"))
    made.bind((EVERYWHERE, 0))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made
