"""The wire: HTTP/1.1 over TLS for outbound calls, and server-sent events."""
